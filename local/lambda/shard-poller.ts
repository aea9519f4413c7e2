import { readOutcome } from './batch-outcome.ts';
import { type BatchSource, readBatch } from './batch-reader.ts';
import type { InvokeResult } from './invocation.ts';
import { type EventRecord, toEvent } from './kinesis-event.ts';
import type { MappingSettings } from './mapping-settings.ts';
import { pause } from './pause.ts';
import { type Attempt, planRetry } from './retry-plan.ts';

export interface ShardPollerOptions extends BatchSource {
  readonly settings: MappingSettings;
  /** The last sequence number done; undefined to begin at the oldest record. */
  readonly position: string | undefined;
  /** Called when all up to this sequence number is done or given up. */
  readonly advance: (sequenceNumber: string) => void;
  /** Takes the event as JSON text. */
  readonly invoke: (event: string) => Promise<InvokeResult>;
  readonly log: (line: string) => void;
}

/**
 * Reads one shard in order and hands it to the function batch by batch, one at a time, until `signal` is aborted.
 * While an invocation runs the next batch fills, so batches grow with the load. Rejects when the stream cannot be read.
 */
export async function pollShard(options: ShardPollerOptions, signal: AbortSignal): Promise<void> {
  const appends = listenForAppends(options, signal);
  let position = options.position;
  try {
    while (!signal.aborted) {
      // Asked for before the read, so that no append falls between the two.
      const appended = appends.next();
      const batch = await readBatch(options, position, signal);
      const last = batch.at(-1);
      if (last === undefined) {
        await appended;
      } else {
        await processBatch(options, batch, signal);
        position = last.sequenceNumber;
      }
    }
  } finally {
    appends.stop();
  }
}

interface Appends {
  /** Resolves at the first append after the call, or when the signal is aborted. */
  next(): Promise<void>;
  stop(): void;
}

function listenForAppends({ streams, stream, origin }: BatchSource, signal: AbortSignal): Appends {
  let wake = (): void => {};
  const listener = (): void => wake();
  signal.addEventListener('abort', listener);
  const unsubscribe = streams.onAppend(stream, origin.shardId, listener);
  return {
    next() {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      return promise;
    },
    stop() {
      signal.removeEventListener('abort', listener);
      unsubscribe();
    },
  };
}

/** Tries a batch, and what is left of it, until all of it is done or given up, or the signal is aborted. */
async function processBatch(
  options: ShardPollerOptions,
  batch: readonly EventRecord[],
  signal: AbortSignal,
): Promise<void> {
  const attempts: Attempt[] = [{ records: batch, failures: 0 }];
  while (!signal.aborted) {
    const attempt = attempts.shift();
    if (attempt === undefined) {
      return;
    }
    const delayMs = await tryOnce(options, attempt, attempts);
    await (delayMs > 0 ? pause(delayMs, signal) : undefined);
  }
}

/** Puts what is to be tried next before `attempts`, and gives how long to wait before it, in milliseconds. */
async function tryOnce(options: ShardPollerOptions, attempt: Attempt, attempts: Attempt[]): Promise<number> {
  const { settings, advance, invoke } = options;
  // Arrival times rise with sequence numbers, so the records that are too old come first.
  const expiredBeforeMs = Date.now() - settings.recordAgeMsMax;
  const records = attempt.records.filter(({ approximateArrivalMs }) => approximateArrivalMs >= expiredBeforeMs);
  const expired = attempt.records.slice(0, attempt.records.length - records.length);
  giveUp(options, expired, `older than ${settings.recordAgeMsMax} ms`);
  if (records.length === 0) {
    return 0;
  }

  const result = await invoke(toEvent(records));
  const outcome = readOutcome(result, records, settings.reportBatchItemFailures);
  const plan = planRetry({ records, failures: attempt.failures }, outcome, settings);

  const firstLeft = plan.next[0]?.records[0];
  const done = firstLeft === undefined ? records : records.slice(0, records.indexOf(firstLeft));
  const lastDone = done.at(-1);
  if (lastDone !== undefined) {
    advance(lastDone.sequenceNumber);
  }
  giveUp(options, plan.givenUp, `failed after ${settings.retryAttemptsMax} retries`);
  attempts.unshift(...plan.next);
  if (outcome.kind !== 'succeeded') {
    report(options, attempt, result);
  }
  return plan.delayMs;
}

function giveUp({ advance, log, origin }: ShardPollerOptions, records: readonly EventRecord[], why: string): void {
  const [first, last] = [records[0], records.at(-1)];
  if (first !== undefined && last !== undefined) {
    log(
      `${origin.shardId}: gave up ${records.length} records, ${first.sequenceNumber} to ${last.sequenceNumber}: ${why}`,
    );
    advance(last.sequenceNumber);
  }
}

/** A function that keeps failing is reported at its 1st, 2nd, 4th, 8th… failure. */
function report({ log, origin }: ShardPollerOptions, { records, failures }: Attempt, result: InvokeResult): void {
  const count = failures + 1;
  if (Number.isInteger(Math.log2(count))) {
    const why = result.kind === 'returned' ? 'reported batch item failures' : describe(result);
    log(`${origin.shardId}: ${records.length} records failed (failure ${count}): ${why}`);
  }
}

function describe(result: Exclude<InvokeResult, { kind: 'returned' }>): string {
  return result.kind === 'refused'
    ? `${result.reason}: ${result.message}`
    : `${result.payload.errorType}: ${result.payload.errorMessage}`;
}
