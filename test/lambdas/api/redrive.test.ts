import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bucketOf } from '../../../core/codec/bucket.ts';
import { decodeObservationRecord } from '../../../core/codec/observation-record.ts';
import type { Observation } from '../../../core/observation.ts';
import type { KeptReading, ListedReading, LogRecord, ObservationLog } from '../../../core/ports.ts';
import { redrive } from '../../../lambdas/api/redrive.ts';
import { REDRIVE_IDS_MAX, readRedriveRequest } from '../../../lambdas/api/routes/redrive-request.ts';
import { dynamodbRejectStore } from '../../../lambdas/shared/dynamodb-reject-store.ts';
import { keptObservation } from '../../../lambdas/shared/kept-observation.ts';
import { CLAIM_LAPSES_MS } from '../../../lambdas/shared/redrive-marks.ts';
import { REJECTS_TABLE, startTables, type Tables } from '../shared/tables.ts';

const START_MS = Date.UTC(2026, 10, 21, 8);
const BUCKETS = 64;
let tables: Tables;
let tableName = '';
let nowMs = START_MS;

beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.close());
beforeEach(async () => {
  nowMs = START_MS;
  tableName = `rejects-${Math.random().toString(36).slice(2)}`;
  await tables.create({ TableName: tableName, ...REJECTS_TABLE });
});

const storeOf = () => dynamodbRejectStore(tables.client, { tableName, retentionDays: 30, nowMs: () => nowMs });

/** A stream that keeps what it is given, but what `refuses` says. */
function streamOf(refuses: (record: LogRecord) => boolean = () => false): ObservationLog & { taken: LogRecord[] } {
  const taken: LogRecord[] = [];
  return {
    taken,
    async append(records) {
      taken.push(...records.filter((record) => !refuses(record)));
      return new Set(records.flatMap((record, index) => (refuses(record) ? [index] : [])));
    },
  };
}

function kept(readingId: string, given: Partial<KeptReading> = {}): KeptReading {
  return {
    readingId,
    count: 3,
    reason: 'out-of-range',
    detail: 'got -3',
    topic: 'dt/centre/OffStreetParking/garage/camera',
    clientId: 'camera',
    principal: 'certificate-1',
    receivedAtMs: START_MS - 5000,
    bytes: Buffer.from('[1, 2, 3]'),
    ...given,
  };
}

async function keep(...readings: readonly KeptReading[]): Promise<readonly ListedReading[]> {
  await storeOf().keep(readings);
  return (await storeOf().list({ limit: 100 })).readings;
}

function contextOf(streams: { ingest?: ObservationLog; observations?: ObservationLog }) {
  const { ingest = streamOf(), observations = streamOf() } = streams;
  return { ledger: storeOf(), streams: { ingest, observations }, buckets: BUCKETS };
}

const recordsIn = ({ taken }: { taken: readonly LogRecord[] }): Record<string, unknown>[] =>
  taken.map(({ data }) => JSON.parse(Buffer.from(data).toString()));

describe('putting kept readings back in', () => {
  it('sends a message once, with the places asked for, as the rules would', async () => {
    const listed = await keep(kept('m/0'), kept('m/2'), kept('n/0', { count: 1, redrives: 4 }));
    const ingest = streamOf();
    const outcome = await redrive(listed, contextOf({ ingest }));
    expect(outcome).toEqual({ redriven: listed.map(({ id }) => id), taken: [], failed: [] });
    const common = {
      payload: 'WzEsIDIsIDNd',
      topic: 'dt/centre/OffStreetParking/garage/camera',
      receivedAtMs: START_MS - 5000,
      clientId: 'camera',
      principal: 'certificate-1',
    };
    expect(recordsIn(ingest)).toEqual([
      { ...common, messageId: 'm', redrive: { times: 1, count: 3, places: [0, 2] } },
      { ...common, messageId: 'n', redrive: { times: 5, count: 1 } },
    ]);
  });

  it('sends an observation back to the log, under the bucket of its asset', async () => {
    const observation: Observation = {
      readingId: 'm/1',
      count: 2,
      kind: 'reading',
      clientId: 'camera',
      flags: [],
      assetId: 'garage',
      assetType: 'OffStreetParking',
      zone: 'centre',
      source: 'camera',
      stamp: 1n,
      seen: new Map(),
      observedAtMs: START_MS,
      receivedAtMs: START_MS,
      attestation: 'none',
      attributes: new Map(),
      schema: 0n,
    };
    const listed = await keep(keptObservation(observation, 'refused'));
    const [ingest, observations] = [streamOf(), streamOf()];
    expect((await redrive(listed, contextOf({ ingest, observations }))).redriven).toHaveLength(1);
    expect(ingest.taken).toEqual([]);
    expect(observations.taken.map(({ partitionKey }) => partitionKey)).toEqual([String(bucketOf('garage', BUCKETS))]);
    const [record] = observations.taken;
    const once = { ...observation, redrives: 1 };
    expect(decodeObservationRecord(record?.data ?? new Uint8Array())).toEqual({ ok: true, observations: [once] });

    // What is refused again is open again, and the next time has a number of its own.
    const again = await keep(keptObservation(once, 'refused'));
    expect(again.map(({ readingId, status, redrives }) => [readingId, status, redrives])).toEqual([
      ['m/1', 'redriven', undefined],
      ['m/1', 'kept', 1],
    ]);
    await redrive(again.slice(1), contextOf({ observations }));
    expect(decodeObservationRecord(observations.taken[1]?.data ?? new Uint8Array())).toMatchObject({
      observations: [{ redrives: 2 }],
    });
  });

  it('of two operators, one does it', async () => {
    const listed = await keep(kept('m/0'), kept('n/0'), kept('o/0'));
    const ingest = streamOf();
    const both = await Promise.all([redrive(listed, contextOf({ ingest })), redrive(listed, contextOf({ ingest }))]);
    expect(ingest.taken).toHaveLength(3);
    expect(both.flatMap(({ redriven }) => redriven).toSorted()).toEqual(listed.map(({ id }) => id).toSorted());
    expect(both.flatMap(({ taken }) => taken)).toHaveLength(3);
  });

  it('whose process dies before it has sent can be done again, when the claim has lapsed', async () => {
    const listed = await keep(kept('m/0'));
    const dead: ObservationLog = { append: () => Promise.reject(new Error('killed')) };
    await expect(redrive(listed, contextOf({ ingest: dead }))).rejects.toThrow('killed');
    const ingest = streamOf();
    expect((await redrive(listed, contextOf({ ingest }))).taken).toHaveLength(1);
    nowMs += CLAIM_LAPSES_MS + 1;
    expect((await redrive(listed, contextOf({ ingest }))).redriven).toHaveLength(1);
    expect(ingest.taken).toHaveLength(1);
  });

  it('marks only what the stream has taken', async () => {
    const listed = await keep(kept('m/0'), kept('n/0'));
    const ingest = streamOf(({ partitionKey }) => partitionKey === 'm');
    const outcome = await redrive(listed, contextOf({ ingest }));
    expect(outcome).toEqual({ redriven: [listed[1]?.id], taken: [], failed: [listed[0]?.id] });
    const { readings } = await storeOf().list({ limit: 10 });
    expect(readings.map(({ status }) => status)).toEqual(['redriving', 'redriven']);
  });

  it('leaves alone what is no observation', async () => {
    const listed = await keep(kept('m/0', { form: 'observation', bytes: Buffer.from('gibberish') }));
    const observations = streamOf();
    expect((await redrive(listed, contextOf({ observations }))).failed).toEqual([listed[0]?.id]);
    expect(observations.taken).toEqual([]);
  });
});

describe('the request to redrive many', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `out-of-range:1:m-${index}#0`);

  it('takes ids up to its limit, each once', () => {
    expect(readRedriveRequest({ ids: ids(REDRIVE_IDS_MAX) }).ids).toHaveLength(200);
    expect(() => readRedriveRequest({ ids: ids(REDRIVE_IDS_MAX + 1) })).toThrow();
    expect(readRedriveRequest({ ids: ['a#0', 'a#0'] })).toEqual({ ids: ['a#0'] });
  });

  it('takes a reason and a period, in text or in numbers', () => {
    expect(readRedriveRequest({ reason: 'malformed', from: 17, limit: 5 })).toMatchObject({
      query: { reason: 'malformed', from: '17', limit: '5' },
    });
  });

  it.each([
    [undefined],
    [null],
    [7],
    [{}],
    [{ ids: [] }],
    [{ ids: [7] }],
    [{ ids: 'a#0' }],
    [{ from: '17' }],
    [{ reason: {} }],
  ])('refuses %j', (body) => {
    expect(() => readRedriveRequest(body)).toThrow(expect.objectContaining({ status: 400 }));
  });

  it('refuses what it does not know, such as a misspelt bound', () => {
    expect(() => readRedriveRequest({ reason: 'malformed', form: '17' })).toThrow(
      expect.objectContaining({ status: 400 }),
    );
  });
});
