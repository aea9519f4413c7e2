import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { LogRecord, ObservationLog } from '../../core/ports.ts';

/** PutRecords takes at most 500 records and 10 MiB, partition keys included. */
const PUT_RECORDS_MAX = 500;
const PUT_BYTES_MAX = 10 * 1024 * 1024;
const PARTITION_KEY_BYTES_MAX = 256;
/** Tries per wave before its records are reported as failed. */
export const ATTEMPTS_MAX = 4;
const BACKOFF_BASE_MS = 50;

interface Entry {
  readonly index: number;
  readonly record: LogRecord;
}

export function kinesisObservationLog(kinesis: KinesisClient, streamName: string): ObservationLog {
  return {
    async append(records) {
      const failed = new Set<number>();
      const failedKeys = new Set<string>();
      for (const wave of waves(records)) {
        // A record must not overtake a failed one of its bucket.
        const blocked = wave.filter(({ record }) => failedKeys.has(record.partitionKey));
        const sendable = wave.filter(({ record }) => !failedKeys.has(record.partitionKey));
        for (const { index, record } of [...blocked, ...(await putWithRetries(kinesis, streamName, sendable))]) {
          failed.add(index);
          failedKeys.add(record.partitionKey);
        }
      }
      return failed;
    },
  };
}

/**
 * PutRecords keeps no order when part of it fails, so a wave holds at most one record of a bucket, and the next wave
 * starts when this one is through.
 */
function waves(records: readonly LogRecord[]): Entry[][] {
  const depths = new Map<string, number>();
  const byDepth: Entry[][] = [];
  for (const [index, record] of records.entries()) {
    const depth = depths.get(record.partitionKey) ?? 0;
    depths.set(record.partitionKey, depth + 1);
    (byDepth[depth] ??= []).push({ index, record });
  }
  return byDepth.flatMap(withinRequestLimits);
}

function withinRequestLimits(entries: readonly Entry[]): Entry[][] {
  const requests: Entry[][] = [];
  let current: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const entryBytes = entry.record.data.byteLength + PARTITION_KEY_BYTES_MAX;
    if (current.length === PUT_RECORDS_MAX || (current.length > 0 && bytes + entryBytes > PUT_BYTES_MAX)) {
      requests.push(current);
      current = [];
      bytes = 0;
    }
    current.push(entry);
    bytes += entryBytes;
  }
  if (current.length > 0) requests.push(current);
  return requests;
}

/** Returns the entries that still failed after the last attempt. */
async function putWithRetries(
  kinesis: KinesisClient,
  streamName: string,
  entries: readonly Entry[],
): Promise<readonly Entry[]> {
  let pending = entries;
  for (let attempt = 0; pending.length > 0 && attempt < ATTEMPTS_MAX; attempt++) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, BACKOFF_BASE_MS * 2 ** attempt));
    const { Records: results = [] } = await kinesis.send(
      new PutRecordsCommand({
        StreamName: streamName,
        Records: pending.map(({ record }) => ({ PartitionKey: record.partitionKey, Data: record.data })),
      }),
    );
    pending = pending.filter((_, place) => results[place]?.SequenceNumber === undefined);
  }
  return pending;
}
