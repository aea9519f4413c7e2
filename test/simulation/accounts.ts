import type { Expectation } from './city/publication.ts';

/** What came in, by the books of whoever sent it: reading ids, and what must become of each. */
export interface Accounts {
  receive(messageId: string, expected: readonly Expectation[]): void;
  /** An authority was told that the log has what it said under this id. */
  answer(readingId: string): void;
  readonly expectations: ReadonlyMap<string, Expectation>;
}

/** Ids of what the API says for an authority, which may have died before it answered. */
export const AUTHORITY_ID = /^(?:settle|retire)\//;

export function openAccounts(): Accounts {
  const expectations = new Map<string, Expectation>();
  return {
    expectations,
    receive(messageId, expected) {
      for (const [index, expectation] of expected.entries()) expectations.set(`${messageId}/${index}`, expectation);
    },
    answer: (readingId) => void expectations.set(readingId, 'logged'),
  };
}
