/**
 * HTTP APIs hand the request's path over decoded, so that the `#` of a kept reading's id would end the path of the URL
 * that is made of it. A path that is still encoded has neither character, and comes out as it is.
 */
export function withEscapedPath<Event extends object>(event: Event): Event {
  if (!('rawPath' in event) || typeof event.rawPath !== 'string') return event;
  return { ...event, rawPath: event.rawPath.replaceAll(/[#?]/g, encodeURIComponent) };
}
