import type { StreamReader, StreamRecord } from '../../../local/lambda/stream-reader.ts';

export const STREAM_ARN = 'arn:aws:kinesis:us-east-1:000000000000:stream/ingest';

export interface MemoryStream extends StreamReader {
  /** Appends records and gives their sequence numbers. */
  append(
    records: readonly { key?: string; data: string | Uint8Array; arrivedMsAgo?: number }[],
    shard?: number,
  ): string[];
}

/** A stream in memory, with as many shards as asked for. */
export function createMemoryStream(shardCount = 1): MemoryStream {
  const shards = Array.from({ length: shardCount }, (): StreamRecord[] => []);
  const listeners = shards.map(() => new Set<() => void>());
  // As long as real ones, beyond what a JavaScript number holds.
  let counter = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898n;

  const shardOf = (shardId: string): number => Number(shardId.slice('shardId-'.length));

  return {
    shardIds: () => shards.map((_, index) => shardIdOf(index)),
    readAfter(_, shardId, sequenceNumber, { recordsMax }) {
      const records = shards[shardOf(shardId)] ?? [];
      const position = sequenceNumber === undefined ? -1n : BigInt(sequenceNumber);
      // From the end, because readers are near the tip.
      let from = records.length;
      while (from > 0 && BigInt(records[from - 1]?.sequenceNumber ?? 0) > position) {
        from -= 1;
      }
      return records.slice(from, from + recordsMax);
    },
    onAppend(_, shardId, listener) {
      listeners[shardOf(shardId)]?.add(listener);
      return () => listeners[shardOf(shardId)]?.delete(listener);
    },
    append(records, shard = 0) {
      const appended = records.map(({ key = 'key', data, arrivedMsAgo = 0 }): StreamRecord => {
        counter += 1n;
        return {
          sequenceNumber: String(counter),
          partitionKey: key,
          data: Buffer.from(data),
          approximateArrivalMs: Date.now() - arrivedMsAgo,
        };
      });
      shards[shard]?.push(...appended);
      listeners[shard]?.forEach((listener) => listener());
      return appended.map(({ sequenceNumber }) => sequenceNumber);
    },
  };
}

export function shardIdOf(index: number): string {
  return `shardId-${String(index).padStart(12, '0')}`;
}
