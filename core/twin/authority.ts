/** First part of the sources that are people: they decide, distrust and retire. No thing and no mapping has this name. */
export const AUTHORITY = 'operator';

/** @param subject who it is: the `sub` claim of the token */
export function authoritySource(subject: string): string {
  return `${AUTHORITY}/${subject}`;
}

export function isAuthority(source: string): boolean {
  return source.startsWith(`${AUTHORITY}/`);
}
