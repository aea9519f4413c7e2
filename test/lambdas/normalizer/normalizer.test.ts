import type { KinesisStreamRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { decodeObservationRecord } from '../../../core/codec/observation-record.ts';
import type { KeptReading, LogRecord } from '../../../core/ports.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import { NAME_CHARACTERS_MAX, RECEIVED_AT_MAX_MS } from '../../../lambdas/shared/ingest-record.ts';
import { type NormalizerContext, normalizeRecords } from '../../../lambdas/normalizer/normalizer.ts';
import { kinesisRecord } from '../kinesis-records.ts';

const RECEIVED_MS = Date.UTC(2026, 10, 21, 8);

/** What a topic rule puts on the stream for a reading of a car park. */
function ingested(sequence: number, payload: string, given: Record<string, unknown> = {}): KinesisStreamRecord {
  const fields = {
    payload: Buffer.from(payload).toString('base64'),
    topic: 'dt/centre/OffStreetParking/garage/camera',
    clientId: 'camera',
    receivedAtMs: RECEIVED_MS,
    messageId: `message-${sequence}`,
    ...given,
  };
  return kinesisRecord(sequence, JSON.stringify(fields));
}

function occupied(spaces: number): string {
  return JSON.stringify({ attributes: { occupiedSpotNumber: spaces } });
}

interface World extends NormalizerContext {
  readonly appended: LogRecord[];
  readonly keptReadings: KeptReading[];
}

/** Ports that write down what they are asked for; `fails` picks the log records that cannot be written. */
function world(fails: (record: LogRecord, index: number) => boolean = () => false): World {
  const city = validateCityConfig(config);
  const appended: LogRecord[] = [];
  const keptReadings: KeptReading[] = [];
  return {
    city,
    stage: city.stages.dev,
    appended,
    keptReadings,
    registry: { find: async () => new Map() },
    log: {
      append: async (records) => {
        appended.push(...records);
        return new Set(records.flatMap((record, index) => (fails(record, index) ? [index] : [])));
      },
    },
    rejects: { keep: async (readings) => void keptReadings.push(...readings) },
  };
}

function idsIn(records: readonly LogRecord[]): string[] {
  return records.flatMap(({ data }) => {
    const decoded = decodeObservationRecord(data);
    return decoded.ok ? decoded.observations.map(({ readingId }) => readingId) : [];
  });
}

describe('the normalizer', () => {
  it('writes good readings to the log and keeps bad ones, message by message', async () => {
    const context = world();
    const records = [ingested(1, occupied(1)), ingested(2, '{'), ingested(3, occupied(-1)), ingested(4, occupied(2))];
    const { response } = await normalizeRecords(records, context);
    expect(response).toEqual({ batchItemFailures: [] });
    expect(idsIn(context.appended)).toEqual(['message-1/0', 'message-4/0']);
    expect(context.keptReadings.map(({ readingId, reason }) => [readingId, reason])).toEqual([
      ['message-2/0', 'malformed'],
      ['message-3/0', 'out-of-range'],
    ]);
  });

  it('asks for a retry from the lowest record of which an observation was not written', async () => {
    const topic = (asset: string) => ({ topic: `dt/centre/OffStreetParking/${asset}/camera` });
    const records = [5, 6, 7, 8].map((sequence) => ingested(sequence, occupied(1), topic(`garage-${sequence}`)));
    const isOf = (ids: readonly string[]) => (record: LogRecord) => idsIn([record]).some((id) => ids.includes(id));
    const { response } = await normalizeRecords(records, world(isOf(['message-8/0', 'message-6/0'])));
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: records[1]?.kinesis.sequenceNumber }] });
  });

  it('fails as a whole when the rejects cannot be kept, before anything is logged', async () => {
    const context = world();
    const rejects = { ...context.rejects, keep: () => Promise.reject(new Error('throttled')) };
    await expect(normalizeRecords([ingested(1, '{')], { ...context, rejects })).rejects.toThrow('throttled');
    expect(context.appended).toEqual([]);
  });

  it('names a message without a trace by shard and sequence number, and decodes it all the same', async () => {
    const context = world();
    await normalizeRecords([ingested(9, occupied(1), { messageId: undefined })], context);
    expect(idsIn(context.appended)).toEqual([`${ingested(9, '').eventID}/0`]);
  });

  it('takes an id as long as a name may be', async () => {
    const context = world();
    const messageId = 'm'.repeat(NAME_CHARACTERS_MAX);
    await normalizeRecords([ingested(1, occupied(1), { messageId })], context);
    expect(idsIn(context.appended)).toEqual([`${messageId}/0`]);
  });

  it.each([0, RECEIVED_AT_MAX_MS])('stamps what was received at %d, as late as its clock may run ahead', async (at) => {
    const context = world();
    const payload = JSON.stringify({ observedAt: at + 300_000, attributes: { occupiedSpotNumber: 1 } });
    await normalizeRecords([ingested(1, payload, { receivedAtMs: at })], context);
    expect(idsIn(context.appended)).toEqual(['message-1/0']);
  });

  it.each([
    ['no JSON', 'not a record of a rule'],
    ['another shape', '{"hello": "world"}'],
    ['a wrong type', JSON.stringify({ payload: 7, topic: 'dt/a/b/c/d', receivedAtMs: 1 })],
    ['a time before 1970', JSON.stringify({ payload: '', topic: 'dt/a/b/c/d', receivedAtMs: -1 })],
    ['a time that no stamp has', JSON.stringify({ payload: '', topic: 'x', receivedAtMs: RECEIVED_AT_MAX_MS + 1 })],
    ['a longer id than any', JSON.stringify({ payload: '', topic: 'x', receivedAtMs: 1, messageId: 'm'.repeat(257) })],
    ['a longer topic than any', JSON.stringify({ payload: '', topic: 'x'.repeat(257), receivedAtMs: 1 })],
    ['a list', '[]'],
    ['nothing', ''],
  ])('keeps what no rule wrote (%s), whole, with its place in the stream', async (_, data) => {
    const context = world();
    const record = kinesisRecord(3, data);
    const { response } = await normalizeRecords([record, ingested(4, occupied(1))], context);
    expect(response.batchItemFailures).toEqual([]);
    expect(context.keptReadings).toMatchObject([
      { readingId: `${record.eventID}/0`, count: 1, reason: 'unknown-schema', receivedAtMs: 1_795_248_000_500 },
    ]);
    expect(Buffer.from(context.keptReadings[0]?.bytes ?? []).toString()).toBe(data);
    expect(idsIn(context.appended)).toEqual(['message-4/0']);
  });
});
