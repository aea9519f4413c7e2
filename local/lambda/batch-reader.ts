import type { Appends } from './appends.ts';
import { EVENT_ENVELOPE_BYTES, type EventOrigin, type EventRecord, toEventRecord } from './kinesis-event.ts';
import { REQUEST_BYTES_MAX } from './invocation.ts';
import type { MappingSettings } from './mapping-settings.ts';
import { pause } from './pause.ts';
import { settleWithin } from './settle-within.ts';
import type { StreamReader, StreamRecord } from './stream-reader.ts';

/** How long a batch may fill when the mapping has no window: below what anybody notices, and it saves invocations. */
const LINGER_MS = 10;

/** Base64 makes four bytes of three, so more data than this share of the room cannot fit. */
const DATA_SHARE = 3 / 4;

const SEPARATOR_BYTES = 1;

export interface BatchSource {
  readonly streams: StreamReader;
  readonly stream: string;
  readonly origin: EventOrigin;
  readonly settings: Pick<MappingSettings, 'batchSize' | 'batchingWindowMs'>;
  /** Whether a record of the shard is for this reader. */
  readonly takes: (record: StreamRecord) => boolean;
}

export interface ReadFrom {
  /** The last sequence number read; undefined to begin at the oldest record. */
  readonly position: string | undefined;
  /** A batch that is not full goes no earlier. */
  readonly notBeforeMs: number;
}

export interface Batch {
  readonly records: readonly EventRecord[];
  /** The last sequence number before the first of the records. */
  readonly passed: string | undefined;
  /** The last sequence number read, be it of a record that was taken or not; undefined at the shard's beginning. */
  readonly position: string | undefined;
}

/**
 * The records behind `position`, in order: as many as the mapping's batch size and an event's 6 MB take, waiting for
 * more until its window has passed, and `notBeforeMs`. Empty at the tip of the shard, without waiting.
 */
export async function readBatch(
  { streams, stream, origin, settings, takes }: BatchSource,
  { position: behind, notBeforeMs }: ReadFrom,
  appends: Appends,
  signal: AbortSignal,
): Promise<Batch> {
  const records: EventRecord[] = [];
  let position = behind;
  let passed = behind;
  let bytesLeft = REQUEST_BYTES_MAX - EVENT_ENVELOPE_BYTES;
  let deadlineMs: number | undefined;
  while (!signal.aborted && records.length < settings.batchSize) {
    // Before the read, so that no append falls between the two.
    appends.reset();
    const limits = { recordsMax: settings.batchSize - records.length, bytesMax: bytesLeft * DATA_SHARE };
    const read = await streams.readAfter(stream, origin.shardId, position, limits);
    for (const record of read) {
      if (takes(record)) {
        const eventRecord = toEventRecord(record, origin);
        bytesLeft -= eventRecord.jsonBytes + SEPARATOR_BYTES;
        if (bytesLeft < 0 && records.length > 0) {
          return { records, passed, position };
        }
        records.push(eventRecord);
      }
      position = record.sequenceNumber;
      passed = records.length === 0 ? position : passed;
    }
    if (read.length > 0) {
      continue;
    }
    const [first] = records;
    if (first === undefined) {
      break;
    }
    deadlineMs ??= Math.max(deadlineOf(first, settings), notBeforeMs);
    if (Date.now() >= deadlineMs) {
      break;
    }
    await waitForMore(deadlineMs, appends, signal);
  }
  return { records, passed, position };
}

/** Until something has come and a little has gathered behind it, or the deadline has passed. */
async function waitForMore(deadlineMs: number, appends: Appends, signal: AbortSignal): Promise<void> {
  const waitMs = deadlineMs - Date.now();
  if (waitMs > LINGER_MS) {
    await settleWithin(appends.next(), waitMs);
  }
  await pause(Math.max(0, Math.min(LINGER_MS, deadlineMs - Date.now())), signal);
}

/** Without a window, what has waited behind the last invocation is old enough and goes at once. */
function deadlineOf(first: EventRecord, { batchingWindowMs }: Pick<MappingSettings, 'batchingWindowMs'>): number {
  const nowMs = Date.now();
  return batchingWindowMs > 0 ? nowMs + batchingWindowMs : Math.min(nowMs, first.approximateArrivalMs) + LINGER_MS;
}
