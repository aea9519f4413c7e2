/** A page's cursor as callers see it: opaque, and refused when it is not one of ours. */
export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';

  constructor(cursor: string) {
    super(`cursor: got "${cursor}", expected the "cursor" of the previous page`);
  }
}

export function encodeCursor(position: object): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** What a cursor may hold is for its list to check: a caller can forge every field. Throws where it holds no fields. */
export function decodeCursor(cursor: string): Readonly<Record<string, unknown>> {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (typeof position === 'object' && position !== null) return { ...position };
  } catch {
    // Falls through: what is not JSON is no cursor.
  }
  throw new InvalidCursorError(cursor);
}
