/** Shard iterators and page tokens live for 5 minutes (API reference, GetShardIterator and ListShards). */
export const TOKEN_AGE_MS_MAX = 300_000;

/** What a token carries. To clients it is opaque; here it is JSON in base64, signed by nobody. */
export type TokenClaims = readonly (string | number)[];

export function writeToken(claims: TokenClaims): string {
  return Buffer.from(JSON.stringify(claims)).toString('base64');
}

/** The claims of a token of that many parts, or undefined where the text is none. */
export function readToken(token: string): readonly unknown[] | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token, 'base64').toString());
    return Array.isArray(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}
