import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type { LogWindow } from '../../core/archive/archived-log.ts';
import type { Ledger } from '../../core/archive/conservation.ts';
import type { KeptReading, ListedReading, RejectStore } from '../../core/ports.ts';
import { FAILURE_PREFIXES } from '../../lambdas/failure-recorder/environment.ts';
import { readFailure } from '../../lambdas/failure-recorder/failure.ts';
import { CAPPED_PREFIX } from '../../lambdas/normalizer/environment.ts';
import { decodeRejectBatch } from '../../lambdas/shared/reject-batch.ts';
import { OBSERVATIONS_STREAM } from '../rebuild/city-stores.ts';

const PAGE = 1000;

/** Enters what the table of rejects holds of the window. */
export async function enterRejects(
  ledger: Ledger,
  rejects: Pick<RejectStore, 'list'>,
  { fromMs, toMs }: LogWindow,
): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await rejects.list({ fromMs, toMs, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    for (const reading of page.readings) enter(ledger, reading);
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/**
 * Enters what the failure bucket holds of the window: rejects of sources that flooded, and failures that are not recorded
 * yet. Gives the keys of what nobody understands, which may be about anything.
 */
export async function enterFailures(
  ledger: Ledger,
  s3: S3Client,
  bucket: string,
  { fromMs, toMs }: LogWindow,
): Promise<string[]> {
  const notUnderstood: string[] = [];
  const enterAll = (readings: readonly KeptReading[]): void => {
    for (const reading of readings) {
      if (reading.receivedAtMs >= fromMs && reading.receivedAtMs < toMs) enter(ledger, { ...reading, status: 'kept' });
    }
  };
  // A reading is capped in or after the minute in which it was received.
  const firstMinute = new Date(fromMs).toISOString().slice(0, 16);
  for await (const { key, bytes } of objectsIn(s3, bucket, CAPPED_PREFIX, CAPPED_PREFIX + firstMinute)) {
    const readings = decodeRejectBatch(bytes);
    if (readings) enterAll(readings);
    else notUnderstood.push(key);
  }
  for (const prefix of Object.values(FAILURE_PREFIXES)) {
    for await (const object of objectsIn(s3, bucket, prefix)) {
      const failure = readFailure(object, OBSERVATIONS_STREAM);
      if (failure.kind === 'readings') enterAll(failure.readings);
      else if (failure.kind === 'unreadable') notUnderstood.push(object.key);
    }
  }
  return notUnderstood;
}

function enter(ledger: Ledger, reading: KeptReading & Pick<ListedReading, 'status'>): void {
  const { readingId, count, reason, receivedAtMs, status, redrives = 0, form } = reading;
  ledger.kept({
    readingId,
    count,
    reason,
    receivedAtMs,
    status,
    redrives,
    cameInAsFailure: reason === 'delivery-failed',
    isObservation: form === 'observation',
  });
}

async function* objectsIn(s3: S3Client, Bucket: string, Prefix: string, afterKey?: string) {
  const start = afterKey === undefined ? {} : { StartAfter: afterKey };
  for await (const { Contents: objects = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix, ...start })) {
    for (const { Key: key = '', LastModified: writtenAt } of objects) {
      const { Body: body } = await s3.send(new GetObjectCommand({ Bucket, Key: key }));
      if (body) yield { key, bytes: await body.transformToByteArray(), writtenAtMs: writtenAt?.getTime() ?? 0 };
    }
  }
}
