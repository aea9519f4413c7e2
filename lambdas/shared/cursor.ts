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

export function decodeCursor<Position extends object>(cursor: string): Position {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (typeof position === 'object' && position !== null) return position as Position;
  } catch {
    // Falls through: what is not JSON is no cursor.
  }
  throw new InvalidCursorError(cursor);
}
