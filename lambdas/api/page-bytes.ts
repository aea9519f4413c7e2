/**
 * An answer of Lambda is at most 6 MB of JSON, and the body is a string in it: there each of the body's quotes and
 * backslashes takes two bytes, so a body of half the size fits whatever it holds. The rest is for status and headers.
 * docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const PAGE_BYTES_MAX = 3_000_000;

/** How many of the items, from the first on, fit a page as JSON: at least one, however large it is. */
export function countFitting(items: readonly object[]): number {
  let bytes = 0;
  const firstBeyond = items.findIndex((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    return bytes > PAGE_BYTES_MAX;
  });
  return firstBeyond < 0 ? items.length : Math.max(1, firstBeyond);
}
