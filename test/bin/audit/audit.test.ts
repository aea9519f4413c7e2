import { setTimeout as delay } from 'node:timers/promises';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../../../bin/audit/audit.ts';
import { encodeObservationRecord } from '../../../core/codec/observation-record.ts';
import type { KeptReading } from '../../../core/ports.ts';
import { dynamodbRejectStore } from '../../../lambdas/shared/dynamodb-reject-store.ts';
import { encodeRejectBatch } from '../../../lambdas/shared/reject-batch.ts';
import { observationOf } from '../../core/codec/factories.ts';
import { startStores, type TestStores } from '../rebuild/city-stores.ts';

const HOUR_MS = 3_600_000;

let stores: TestStores;
beforeAll(async () => void (stores = await startStores()), 120_000);
afterAll(() => stores.close());

const NOW_MS = Date.now();

/** Each test has its own half of an hour, so that windows do not meet. */
let hours = 3;
function nextWindow() {
  hours += 1;
  const fromMs = NOW_MS - hours * HOUR_MS;
  return { fromMs, toMs: fromMs + HOUR_MS / 2, receivedAtMs: fromMs + 1000 };
}

/** As the topic rules write it; arrivals are those of the test, so the windows reach up to now. */
const cameIn = (messageId: string, receivedAtMs: number, given: object = {}) =>
  stores.append(
    'ingest',
    Buffer.from(
      JSON.stringify({ payload: 'e30=', topic: 'dt/a/b/c/d', clientId: 'd', receivedAtMs, messageId, ...given }),
    ),
  );

const logged = (readingId: string, count: number, receivedAtMs: number, given: object = {}) =>
  stores.append('observations', encodeObservationRecord([observationOf({ readingId, count, receivedAtMs, ...given })]));

function keptReading(readingId: string, receivedAtMs: number, given: Partial<KeptReading> = {}): KeptReading {
  return {
    readingId,
    count: 1,
    reason: 'out-of-range',
    detail: 'taken: got −1, expected 0 to 5000',
    topic: 'dt/a/b/c/d',
    clientId: 'd',
    principal: '',
    receivedAtMs,
    bytes: Buffer.from('{}'),
    ...given,
  };
}

const rejects = () =>
  dynamodbRejectStore(stores.dynamodb, { tableName: 'cityweave-rejects', retentionDays: 30, nowMs: () => Date.now() });

const auditHere = (window: { fromMs: number; toMs: number }, given: { waitMs?: number; graceMs?: number } = {}) =>
  audit({ target: stores.target, window, waitMs: 0, graceMs: 0, ...given });

const idsOf = (found: readonly { readonly readingId: string }[]) => found.map(({ readingId }) => readingId).toSorted();

describe('an audit', () => {
  it('accounts for every reading by its fate, wherever it is kept', async () => {
    const { receivedAtMs, ...window } = nextWindow();
    for (const id of ['w-1', 'w-2', 'w-3', 'w-4', 'w-5']) await cameIn(id, receivedAtMs);
    await logged('w-1/0', 2, receivedAtMs, { stamp: 5n });
    await logged('w-1/1', 2, receivedAtMs, { stamp: 4n });
    await logged('w-2/0', 1, receivedAtMs, { stamp: 5n });
    await rejects().keep([keptReading('w-3/0', receivedAtMs)]);
    const minute = new Date(receivedAtMs).toISOString().slice(0, 16);
    const capped = [keptReading('w-4/0', receivedAtMs, { reason: 'malformed' })];
    await stores.put('failures', `capped/${minute}Z/d/00.ndjson.gz`, encodeRejectBatch(capped));
    // Given up by Lambda, and not recorded yet.
    const given = { payload: 'e30=', topic: 'dt/a/b/c/d', clientId: 'd', receivedAtMs, messageId: 'w-5' };
    await stores.put('failures', 'aws/lambda/given-up', JSON.stringify(invocationRecord(given)));
    await stores.put('failures', 'rules/strange', 'nobody understands this');
    // Never reached the stream.
    await rejects().keep([keptReading('w-6/0', receivedAtMs, { reason: 'delivery-failed' })]);
    // An authority wrote it, by the API.
    await logged('w-7/0', 1, receivedAtMs, { kind: 'decision', source: 'operator/ada', stamp: 1n });
    // Before and behind the window.
    await cameIn('other', window.fromMs - 1);
    await cameIn('other', window.toMs);

    expect(await auditHere(window)).toEqual({
      messages: 7,
      readings: 8,
      logged: { applied: 2, duplicate: 1, superseded: 1 },
      kept: { 'out-of-range': 1, malformed: 1, 'processing-failed': 1, 'delivery-failed': 1 },
      pending: [],
      missing: [],
      unexpected: [],
      notUnderstood: ['rules/strange'],
    });
  }, 120_000);

  it('finds what was really removed, and what nobody sent', async () => {
    const { receivedAtMs, ...window } = nextWindow();
    for (const id of ['r-1', 'r-2', 'r-3']) await cameIn(id, receivedAtMs);
    await logged('r-1/0', 3, receivedAtMs);
    await logged('r-1/2', 3, receivedAtMs);
    await rejects().keep([keptReading('r-1/1', receivedAtMs, { count: 3 }), keptReading('r-2/0', receivedAtMs)]);
    await logged('r-3/0', 1, receivedAtMs);
    expect(await auditHere(window)).toMatchObject({ missing: [], unexpected: [] });

    const { readings } = await rejects().list({ ...window, limit: 10 });
    for (const { id, reason } of readings) {
      const Key = { reason: { S: reason }, packId: { S: id.slice(0, id.lastIndexOf('#')) } };
      await stores.dynamodb.send(new DeleteItemCommand({ TableName: 'cityweave-rejects', Key }));
    }
    await logged('forged/0', 1, receivedAtMs);
    const found = await auditHere(window);
    expect(idsOf(found.missing)).toEqual(['r-1/1', 'r-2/*']);
    expect(idsOf(found.unexpected)).toEqual(['forged/0']);
  }, 120_000);

  it('waits for what is on its way, and then calls it pending while it is young', async () => {
    const { receivedAtMs, ...window } = nextWindow();
    await cameIn('p-1', receivedAtMs);
    const waiting = auditHere(window, { waitMs: 30_000 });
    await delay(500);
    await logged('p-1/0', 1, receivedAtMs);
    expect(await waiting).toMatchObject({ missing: [], pending: [], readings: 1 });

    await cameIn('p-2', receivedAtMs);
    const young = await auditHere(window, { graceMs: Date.now() - receivedAtMs + 60_000 });
    expect([idsOf(young.missing), idsOf(young.pending)]).toEqual([[], ['p-2/*']]);
    expect(idsOf((await auditHere(window)).missing)).toEqual(['p-2/*']);
  }, 120_000);

  it('follows what an operator put back in', async () => {
    const { receivedAtMs, ...window } = nextWindow();
    await cameIn('q-1', receivedAtMs);
    await rejects().keep([keptReading('q-1/0', receivedAtMs, { reason: 'unknown-schema' })]);
    const { readings } = await rejects().list({ ...window, limit: 10 });
    const id = readings[0]?.id ?? '';
    await rejects().claim(id);
    await rejects().settle(id);
    await cameIn('q-1', receivedAtMs, { redrive: { times: 1, count: 1 } });
    expect(idsOf((await auditHere(window)).missing)).toEqual(['q-1/0']);
    await logged('q-1/0', 2, receivedAtMs);
    await rejects().keep([keptReading('q-1/1', receivedAtMs, { count: 2, redrives: 1 })]);
    expect(await auditHere(window)).toMatchObject({
      messages: 1,
      readings: 2,
      kept: { 'out-of-range': 1 },
      missing: [],
    });
  }, 120_000);

  it('refuses a window that the stream has forgotten', async () => {
    const toMs = Date.now();
    await expect(auditHere({ fromMs: toMs - 25 * HOUR_MS, toMs })).rejects.toThrow(
      'forgets what is older than 24 hours',
    );
  });
});

/** docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html, for a bucket. */
function invocationRecord(ingested: object) {
  const data = Buffer.from(JSON.stringify(ingested)).toString('base64');
  const kinesis = { sequenceNumber: '1', partitionKey: '0', data, approximateArrivalTimestamp: 0 };
  return {
    requestContext: {
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:cityweave-normalizer',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 3,
    },
    KinesisBatchInfo: { streamArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/cityweave-ingest' },
    payload: JSON.stringify({ Records: [{ eventID: 'shardId-000000000000:1', kinesis }] }),
  };
}
