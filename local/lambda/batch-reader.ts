import { EVENT_ENVELOPE_BYTES, type EventOrigin, type EventRecord, toEventRecord } from './kinesis-event.ts';
import { REQUEST_BYTES_MAX } from './invocation.ts';
import type { MappingSettings } from './mapping-settings.ts';
import { pause } from './pause.ts';
import type { StreamReader } from './stream-reader.ts';

/** How long a batch may fill when the mapping has no window: below what anybody notices, and it saves invocations. */
const LINGER_MS = 10;

/** More data than this cannot fit, because base64 makes four bytes of three. */
const DATA_BYTES_MAX = (REQUEST_BYTES_MAX * 3) / 4;

const SEPARATOR_BYTES = 1;

export interface BatchSource {
  readonly streams: StreamReader;
  readonly stream: string;
  readonly origin: EventOrigin;
  readonly settings: Pick<MappingSettings, 'batchSize' | 'batchingWindowMs'>;
}

/**
 * The records behind `position`, in order: as many as the mapping's batch size and an event's 6 MB take, waiting for
 * more until its window has passed. Empty at the tip of the shard, without waiting.
 */
export async function readBatch(
  { streams, stream, origin, settings }: BatchSource,
  position: string | undefined,
  signal: AbortSignal,
): Promise<readonly EventRecord[]> {
  const batch: EventRecord[] = [];
  let bytesLeft = REQUEST_BYTES_MAX - EVENT_ENVELOPE_BYTES;
  let deadlineMs: number | undefined;
  for (;;) {
    const limits = { recordsMax: settings.batchSize - batch.length, bytesMax: DATA_BYTES_MAX };
    const behind = batch.at(-1)?.sequenceNumber ?? position;
    for (const record of await streams.readAfter(stream, origin.shardId, behind, limits)) {
      const eventRecord = toEventRecord(record, origin);
      bytesLeft -= eventRecord.jsonBytes + SEPARATOR_BYTES;
      if (bytesLeft < 0 && batch.length > 0) {
        return batch;
      }
      batch.push(eventRecord);
    }
    const [first] = batch;
    if (first === undefined || batch.length >= settings.batchSize) {
      return batch;
    }
    deadlineMs ??= deadlineOf(first, settings);
    const waitMs = deadlineMs - Date.now();
    if (waitMs <= 0 || signal.aborted) {
      return batch;
    }
    await pause(Math.min(waitMs, LINGER_MS), signal);
  }
}

/** Without a window, what has waited behind the last invocation is old enough and goes at once. */
function deadlineOf(first: EventRecord, { batchingWindowMs }: Pick<MappingSettings, 'batchingWindowMs'>): number {
  const nowMs = Date.now();
  return batchingWindowMs > 0 ? nowMs + batchingWindowMs : Math.min(nowMs, first.approximateArrivalMs) + LINGER_MS;
}
