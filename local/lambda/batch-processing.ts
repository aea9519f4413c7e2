import { readOutcome } from './batch-outcome.ts';
import { persist, type PutObject } from './failure-destination.ts';
import type { InvokeResult } from './invocation.ts';
import { type EventOrigin, type EventRecord, toEvent } from './kinesis-event.ts';
import type { MappingSettings } from './mapping-settings.ts';
import { pause } from './pause.ts';
import { type Attempt, planRetry } from './retry-plan.ts';
import { type Discard, streamFailureKey, streamFailureRecord } from './stream-failure.ts';

export interface BatchProcessing {
  /** Of the mapping. */
  readonly id: string;
  readonly settings: MappingSettings;
  readonly functionArn: string;
  readonly origin: EventOrigin;
  /** Called when all up to this sequence number is done, or given up and kept where that is to go. */
  readonly advance: (sequenceNumber: string) => void;
  /** Takes the event as JSON text. */
  readonly invoke: (event: string) => Promise<InvokeResult>;
  readonly putObject: PutObject;
  readonly log: (line: string) => void;
}

/**
 * Tries a batch, and what is left of it, until all of it is done or given up, or the signal is aborted. Gives whether
 * nothing is left.
 */
export async function processBatch(
  processing: BatchProcessing,
  batch: readonly EventRecord[],
  signal: AbortSignal,
): Promise<boolean> {
  const attempts: Attempt[] = batch.length === 0 ? [] : [{ records: batch, failures: 0, refusals: 0 }];
  while (!signal.aborted) {
    const attempt = attempts.shift();
    if (attempt === undefined) {
      return true;
    }
    const { next, delayMs } = await tryOnce(processing, attempt, signal);
    attempts.unshift(...next);
    await (delayMs > 0 ? pause(delayMs, signal) : undefined);
  }
  return false;
}

/** What is to be tried next, and in how long. */
type Step = Readonly<{ next: readonly Attempt[]; delayMs: number }>;

async function tryOnce(processing: BatchProcessing, attempt: Attempt, signal: AbortSignal): Promise<Step> {
  const { settings, invoke, advance } = processing;
  // Arrival times rise with sequence numbers, so the records that are too old come first.
  const expiredBeforeMs = Date.now() - settings.recordAgeMsMax;
  const records = attempt.records.filter(({ approximateArrivalMs }) => approximateArrivalMs >= expiredBeforeMs);
  const expired = attempt.records.slice(0, attempt.records.length - records.length);
  const { failures, refusals, result: earlier } = attempt;
  await giveUp(processing, { records: expired, condition: 'RecordAgeExceeded', failures, result: earlier }, signal);
  if (records.length === 0 || signal.aborted) {
    return { next: [], delayMs: 0 };
  }

  const result = await invoke(toEvent(records));
  if (signal.aborted && result.kind !== 'returned') {
    // Its thread was ended, perhaps; so this is no failure to count, and what it had is read again after the restart.
    return { next: [], delayMs: 0 };
  }
  const outcome = readOutcome(result, records, settings.reportBatchItemFailures);
  const plan = planRetry({ records, failures, refusals }, outcome, settings);

  const lastDone = records.slice(0, records.length - plan.left.length).at(-1);
  if (lastDone !== undefined) {
    advance(lastDone.sequenceNumber);
  }
  if (outcome.kind !== 'succeeded') {
    report(processing, attempt, result);
  }
  const discard: Discard = {
    records: plan.givenUp,
    condition: 'RetryAttemptsExhausted',
    failures: failures + 1,
    result,
  };
  await giveUp(processing, discard, signal);
  return { next: plan.next.map((next) => ({ ...next, result })), delayMs: plan.delayMs };
}

/** Keeps records in the bucket for failures, if there is one, and goes on behind them only then. */
async function giveUp(processing: BatchProcessing, discard: Discard, signal: AbortSignal): Promise<void> {
  const { id, settings, functionArn, origin, putObject, advance, log } = processing;
  const [first, last] = [discard.records[0], discard.records.at(-1)];
  if (first === undefined || last === undefined) {
    return;
  }
  const { failureBucket: bucket } = settings;
  const what =
    `${origin.shardId}: gave up ${discard.records.length} records, ${first.sequenceNumber} to ` +
    `${last.sequenceNumber}: ${discard.condition}`;
  if (bucket !== undefined) {
    const atMs = Date.now();
    const key = streamFailureKey(id, origin.shardId, atMs);
    const isKept = await persist(
      () => putObject(bucket, key, streamFailureRecord(functionArn, origin, discard, atMs)),
      (error) => log(`${what}, and s3://${bucket}/${key} cannot be written: ${String(error)}`),
      signal,
    );
    if (!isKept) {
      return;
    }
  }
  log(what);
  advance(last.sequenceNumber);
}

/** A function that keeps failing is reported at its 1st, 2nd, 4th, 8th… failure. */
function report({ log, origin }: BatchProcessing, attempt: Attempt, result: InvokeResult): void {
  const count = attempt.failures + attempt.refusals + 1;
  if (Number.isInteger(Math.log2(count))) {
    const why = result.kind === 'returned' ? 'reported batch item failures' : describe(result);
    log(`${origin.shardId}: ${attempt.records.length} records failed (failure ${count}): ${why}`);
  }
}

function describe(result: Exclude<InvokeResult, { kind: 'returned' }>): string {
  return result.kind === 'refused'
    ? `${result.reason}: ${result.message}`
    : `${result.payload.errorType}: ${result.payload.errorMessage}`;
}
