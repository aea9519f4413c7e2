/** Stops on a broken invariant of ours. Bad input from outside is returned as a refusal instead, never asserted. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) {
    throw new Error(`invariant broken: ${message}`);
  }
}
