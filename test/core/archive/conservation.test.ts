import { describe, expect, it } from 'vitest';
import { createLedger, type KeptAccount } from '../../../core/archive/conservation.ts';

const AT_MS = 1000;

function kept(readingId: string, given: Partial<KeptAccount> = {}): KeptAccount {
  return {
    readingId,
    count: 1,
    reason: 'out-of-range',
    receivedAtMs: AT_MS,
    status: 'kept',
    redrives: 0,
    cameInAsFailure: false,
    isObservation: false,
    ...given,
  };
}

function ledgerOf(...messageIds: readonly string[]) {
  const ledger = createLedger();
  for (const messageId of messageIds) ledger.cameIn(messageId, AT_MS);
  const logged = (readingId: string, count = 1, cameInHere = false): void =>
    ledger.logged({ readingId, count, receivedAtMs: AT_MS }, cameInHere);
  return { ...ledger, logged };
}

const named = (...readingIds: readonly string[]) => readingIds.map((readingId) => ({ readingId, receivedAtMs: AT_MS }));

describe('the balance of what came in', () => {
  it('is even where each reading is in the log or kept, however often each is said', () => {
    const ledger = ledgerOf('a', 'b', 'shard-1:17', 'a');
    ledger.logged('a/0', 2);
    ledger.logged('a/0', 2);
    ledger.kept(kept('a/1', { count: 2 }));
    ledger.kept(kept('a/1', { count: 2 }));
    ledger.logged('b/0');
    ledger.kept(kept('shard-1:17/0', { reason: 'malformed' }));
    expect(ledger.balance()).toEqual({
      messages: 3,
      readings: 4,
      logged: 2,
      kept: { 'out-of-range': 1, malformed: 1 },
      missing: [],
      unexpected: [],
    });
  });

  it('lacks a message of which nothing is known, and a place between others', () => {
    const ledger = ledgerOf('a', 'b');
    ledger.logged('b/0', 3);
    ledger.logged('b/2', 3);
    expect(ledger.balance()).toMatchObject({ readings: 3, logged: 2, missing: named('a/*', 'b/1'), unexpected: [] });
  });

  it('does not expect what never came in, nor a place that its message does not have', () => {
    const ledger = ledgerOf('a');
    ledger.logged('a/0', 1);
    ledger.logged('a/1', 1);
    ledger.logged('forged/0', 1);
    ledger.kept(kept('invented/0'));
    expect(ledger.balance().unexpected).toEqual(named('a/1', 'forged/0', 'invented/0'));
  });

  it('takes what could not be delivered for having come in, and what an authority wrote', () => {
    const ledger = ledgerOf();
    ledger.kept(kept('undelivered/0', { reason: 'delivery-failed', cameInAsFailure: true }));
    ledger.logged('settled/0', 1, true);
    expect(ledger.balance()).toMatchObject({
      messages: 2,
      logged: 1,
      kept: { 'delivery-failed': 1 },
      missing: [],
      unexpected: [],
    });
  });

  it('counts what is in the log and kept as well as logged', () => {
    const ledger = ledgerOf('a');
    ledger.logged('a/0');
    ledger.kept(kept('a/0', { reason: 'processing-failed', isObservation: true }));
    expect(ledger.balance()).toMatchObject({ readings: 1, logged: 1, kept: {}, missing: [] });
  });

  it('lets a message that was kept whole stand for all its readings', () => {
    const ledger = ledgerOf('a');
    ledger.logged('a/1', 3);
    ledger.kept(kept('a/0', { reason: 'processing-failed' }));
    expect(ledger.balance()).toMatchObject({ readings: 3, logged: 1, kept: { 'processing-failed': 2 }, missing: [] });
    const observation = ledgerOf('a');
    observation.logged('a/1', 2);
    observation.kept(kept('a/2', { count: 1, isObservation: true }));
    expect(observation.balance()).toMatchObject({ missing: named('a/0'), unexpected: named('a/2') });
  });
});

describe('the balance of what was put back in', () => {
  it('is not even before it is found again', () => {
    const ledger = ledgerOf('a');
    ledger.kept(kept('a/0', { reason: 'unknown-schema', status: 'redriven' }));
    expect(ledger.balance().missing).toEqual(named('a/0'));
    ledger.logged('a/0', 2);
    expect(ledger.balance().missing).toEqual(named('a/1'));
    ledger.kept(kept('a/1', { count: 2, redrives: 1 }));
    expect(ledger.balance()).toMatchObject({ readings: 2, logged: 1, kept: { 'out-of-range': 1 }, missing: [] });
  });

  it('goes by the newest account, in whatever order they are told', () => {
    const accounts = [
      kept('a/0', { status: 'redriven' }),
      kept('a/0', { redrives: 1, status: 'redriven', reason: 'malformed' }),
      kept('a/0', { redrives: 2, reason: 'processing-failed' }),
    ];
    for (const order of [accounts, accounts.toReversed()]) {
      const ledger = ledgerOf('a');
      for (const account of order) ledger.kept(account);
      expect(ledger.balance()).toMatchObject({ kept: { 'processing-failed': 1 }, missing: [] });
    }
    const sent = ledgerOf('a');
    sent.kept(kept('a/0', { status: 'redriven' }));
    sent.kept(kept('a/0'));
    expect(sent.balance().missing).toEqual(named('a/0'));
  });

  it('stands while somebody is at it', () => {
    const ledger = ledgerOf('a');
    ledger.kept(kept('a/0', { status: 'redriving' }));
    expect(ledger.balance()).toMatchObject({ kept: { 'out-of-range': 1 }, missing: [] });
  });
});
