/** The message of a reading whose id is `messageId/index`; a message's id may hold slashes of its own. */
export function messageIdOf(readingId: string): string {
  return readingId.slice(0, readingId.lastIndexOf('/'));
}

/** The reading's place in its message, from 0. */
export function placeOf(readingId: string): number {
  return Number(readingId.slice(readingId.lastIndexOf('/') + 1));
}
