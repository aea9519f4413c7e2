/**
 * Stops on a broken invariant of ours. Bad input from outside is returned as a refusal instead, never asserted. The
 * message is made only when it is needed: to write numbers as text for nothing took a tenth of a merge.
 */
export function assert(condition: boolean, message: () => string): asserts condition {
  if (!condition) {
    throw new Error(`invariant broken: ${message()}`);
  }
}
