import { createHash } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { KeptReading, RejectStore } from '../../core/ports.ts';
import { encodeRejectBatch } from './reject-batch.ts';
import { fitsPack } from './reject-pack.ts';

/** A source's rejects in a minute, where the configuration says nothing. */
export const REJECTS_PER_MINUTE_MAX = 600;

/** Sources counted at a time; beyond it the count starts over, which lets a few more through. */
const SOURCES_MAX = 100_000;
const MINUTE_MS = 60_000;

export interface CappedRejectStoreOptions {
  readonly table: Pick<RejectStore, 'keep'>;
  readonly s3: S3Client;
  readonly bucketName: string;
  /** What the objects' keys begin with. */
  readonly prefix: string;
  /** Of one client, for each running instance of the function: an approximation, because instances do not confer. */
  readonly perMinuteMax: number;
  readonly nowMs: () => number;
  readonly onCapped: (clientId: string, readings: number, key: string) => void;
}

/**
 * Keeps a source's rejects in the table up to a number a minute, and what goes beyond it in S3: one object a source and
 * batch, at `{prefix}{minute}/{client}/{digest of the ids}.ndjson.gz`, with everything that a reject has. So does what is
 * too large for an item. A batch that is retried may be divided otherwise; then a reading is kept in both.
 */
export function cappedRejectStore(options: CappedRejectStoreOptions): Pick<RejectStore, 'keep'> {
  const { table, s3, bucketName, prefix, perMinuteMax, nowMs, onCapped } = options;
  const counts = new Map<string, number>();
  let countedMinute = 0;

  const fits = (reading: KeptReading): boolean => {
    const { clientId } = reading;
    const count = (counts.get(clientId) ?? 0) + 1;
    counts.set(clientId, count);
    return count <= perMinuteMax && fitsPack(reading);
  };

  const keepBatch = async (clientId: string, readings: readonly KeptReading[]): Promise<void> => {
    const Key = prefix + keyOf(clientId, readings, nowMs());
    await s3.send(new PutObjectCommand({ Bucket: bucketName, Key, Body: encodeRejectBatch(readings) }));
    onCapped(clientId, readings.length, Key);
  };

  return {
    async keep(readings) {
      const minute = Math.floor(nowMs() / MINUTE_MS);
      if (minute !== countedMinute || counts.size > SOURCES_MAX) counts.clear();
      countedMinute = minute;
      const { within = [], beyond = [] } = Object.groupBy(readings, (reading) => (fits(reading) ? 'within' : 'beyond'));
      await table.keep(within);
      for (const [clientId, ofSource] of Map.groupBy(beyond, (reading) => reading.clientId)) {
        await keepBatch(clientId, ofSource);
      }
    },
  };
}

/** `2026-11-21T14:30Z/…`: what an operator looks for by time and source. */
function keyOf(clientId: string, readings: readonly KeptReading[], nowMs: number): string {
  const minute = `${new Date(nowMs).toISOString().slice(0, 16)}Z`;
  const digest = createHash('sha256');
  for (const { readingId } of readings) digest.update(`${readingId}\n`);
  return `${minute}/${encodeURIComponent(clientId)}/${digest.digest('hex').slice(0, 32)}.ndjson.gz`;
}
