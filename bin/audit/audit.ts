import { setTimeout as delay } from 'node:timers/promises';
import { type LogWindow, visitObservations } from '../../core/archive/archived-log.ts';
import { type Balance, createLedger, type Ledger, type Unaccounted } from '../../core/archive/conservation.ts';
import { createFold, type Fate, type Fold } from '../../core/twin/fold.ts';
import { dynamodbRejectStore } from '../../lambdas/shared/dynamodb-reject-store.ts';
import { CommandError } from '../command-error.ts';
import {
  INGEST_STREAM,
  OBSERVATIONS_STREAM,
  openStores,
  refuseSilence,
  REJECTS_TABLE,
} from '../rebuild/city-stores.ts';
import { openStreamReader, retentionOf, type StreamReader } from '../rebuild/stream-reader.ts';
import type { Target } from '../target.ts';
import { enterIntake } from './intake.ts';
import { enterFailures, enterRejects } from './kept.ts';

/** A stream's clock and the rule's may differ by this much. */
const CLOCK_SKEW_MAX_MS = 5 * 60_000;
const POLL_MS = 2_000;

export interface AuditOptions {
  readonly target: Target;
  /** By the receipt of messages. */
  readonly window: LogWindow;
  /** For so long it looks again while something is not accounted for. */
  readonly waitMs: number;
  /** What was received less than this before the end is pending where it is not accounted for, and not missing. */
  readonly graceMs: number;
  readonly onRound?: (balance: Balance) => void;
}

export interface Audit extends Omit<Balance, 'logged'> {
  /** Readings in the log, by what the fold of the window makes of them. */
  readonly logged: Readonly<Record<Fate, number>>;
  readonly pending: readonly Unaccounted[];
  /** Objects of the failure bucket that may hold readings, which nobody can tell. */
  readonly notUnderstood: readonly string[];
}

/**
 * Compares, as sets, the ids of what came in within a window with the ids in the log and those kept outside it. Both
 * streams are followed until everything is accounted for or the time to wait is over. Throws a `CommandError` where the
 * streams do not reach back so far.
 */
export async function audit({ target, window, waitMs, graceMs, onRound }: AuditOptions): Promise<Audit> {
  const stores = openStores(target);
  const { dynamodb, kinesis, s3 } = stores;
  try {
    const { retentionMs } = await retentionOf(kinesis, INGEST_STREAM).catch((error: unknown) => {
      refuseSilence(stores, error);
      throw error;
    });
    refuseForgotten(window, retentionMs);
    const failuresBucket = await stores.bucket('failures');
    const [ingest, log] = await Promise.all(
      [INGEST_STREAM, OBSERVATIONS_STREAM].map((name) =>
        openStreamReader(kinesis, name, window.fromMs - CLOCK_SKEW_MAX_MS),
      ),
    );
    if (!ingest || !log) throw new Error('a reader for each of the two streams');
    // It only reads, so how long rejects are kept does not matter.
    const rejects = dynamodbRejectStore(dynamodb, {
      tableName: REJECTS_TABLE,
      retentionDays: 0,
      nowMs: () => Date.now(),
    });
    const [ledger, fold] = [createLedger(), createFold()];

    const deadlineMs = Date.now() + waitMs;
    for (;;) {
      // What is accounted for is looked at after what came in, or the end of the window would always seem to be missing.
      await enterIntake(ledger, ingest, window);
      await enterLog(ledger, fold, log, window);
      await enterRejects(ledger, rejects, window);
      const notUnderstood = await enterFailures(ledger, s3, failuresBucket, window);
      const balance = ledger.balance();
      onRound?.(balance);
      if ((balance.missing.length === 0 && balance.unexpected.length === 0) || Date.now() >= deadlineMs) {
        return { ...settle(balance, Date.now() - graceMs), logged: fatesOf(fold), notUnderstood };
      }
      await delay(Math.min(POLL_MS, deadlineMs - Date.now()));
    }
  } finally {
    stores.close();
  }
}

function refuseForgotten({ fromMs }: LogWindow, retentionMs: number): void {
  const oldestMs = Date.now() - retentionMs;
  if (fromMs >= oldestMs) return;
  const from = new Date(fromMs).toISOString();
  throw new CommandError(
    `--from: got ${from}, but ${INGEST_STREAM} forgets what is older than ${retentionMs / 3_600_000} hours; ` +
      `expected ${new Date(oldestMs).toISOString()} or later`,
  );
}

async function enterLog(ledger: Ledger, fold: Fold, log: StreamReader, { fromMs, toMs }: LogWindow): Promise<void> {
  for await (const page of log.pages()) {
    for (const { data } of page) {
      visitObservations(data, (observation) => {
        const { receivedAtMs, kind } = observation;
        if (receivedAtMs < fromMs || receivedAtMs >= toMs) return;
        fold.add(observation);
        // Only authorities send other kinds, by the API, which writes to the log itself.
        ledger.logged(observation, kind !== 'reading');
      });
    }
  }
}

function fatesOf(fold: Fold): Record<Fate, number> {
  const counts = { applied: 0, duplicate: 0, superseded: 0 };
  for (const fate of fold.fates().values()) counts[fate] += 1;
  return counts;
}

function settle(balance: Balance, pendingFromMs: number): Omit<Audit, 'logged' | 'notUnderstood'> {
  const { messages, readings, kept, unexpected } = balance;
  const isPending = ({ receivedAtMs }: Unaccounted): boolean => receivedAtMs >= pendingFromMs;
  return {
    messages,
    readings,
    kept,
    unexpected,
    pending: balance.missing.filter(isPending),
    missing: balance.missing.filter((each) => !isPending(each)),
  };
}
