import { gunzipSync, gzipSync } from 'node:zlib';
import type { KeptReading } from '../../core/ports.ts';
import type { Reason } from '../../core/reason.ts';

/** Decompressed; a batch of a Kinesis event holds at most 6 MB of messages, and details beside them. */
const BATCH_BYTES_MAX = 64 * 1024 * 1024;

/** Readings that share their message's bytes share a line. */
interface Line extends Omit<KeptReading, 'bytes' | 'readingId' | 'reason' | 'detail'> {
  /** Base64. */
  readonly bytes: string;
  readonly readings: readonly (readonly [readingId: string, reason: Reason, detail: string])[];
}

/** Kept readings as gzipped NDJSON, a line a message, for what goes to S3 instead of the table. */
export function encodeRejectBatch(readings: readonly KeptReading[]): Uint8Array {
  const lines = [...Map.groupBy(readings, ({ bytes }) => bytes)].map(([bytes, ofMessage]) => {
    const { readingId: _id, reason: _reason, detail: _detail, ...message } = ofMessage[0] ?? ({} as KeptReading);
    const line: Line = {
      ...message,
      bytes: Buffer.from(bytes).toString('base64'),
      readings: ofMessage.map(({ readingId, reason, detail }) => [readingId, reason, detail]),
    };
    return JSON.stringify(line);
  });
  return gzipSync(lines.join('\n'));
}

/** The readings of a batch; undefined where it is none. */
export function decodeRejectBatch(batch: Uint8Array): KeptReading[] | undefined {
  try {
    const lines = gunzipSync(batch, { maxOutputLength: BATCH_BYTES_MAX }).toString('utf8').split('\n');
    return lines.flatMap((text) => {
      const { readings, bytes: base64, ...message }: Line = JSON.parse(text);
      const bytes = Buffer.from(base64, 'base64');
      return readings.map(([readingId, reason, detail]) => ({ ...message, bytes, readingId, reason, detail }));
    });
  } catch {
    return undefined;
  }
}
