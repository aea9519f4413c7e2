import { describe, expect, it } from 'vitest';
import { decodeObservationRecord, encodeObservationRecord } from '../../../core/codec/observation-record.ts';
import type { Observation } from '../../../core/observation.ts';
import type { KeptReading } from '../../../core/ports.ts';
import { FAILURE_PREFIXES } from '../../../lambdas/failure-recorder/environment.ts';
import { type FailureObject, readFailure } from '../../../lambdas/failure-recorder/failure.ts';
import { STRANGE_BYTES_MAX } from '../../../lambdas/shared/kept-observation.ts';
import { encodeRejectBatch } from '../../../lambdas/shared/reject-batch.ts';
import { PACK_BYTES_MAX } from '../../../lambdas/shared/reject-pack.ts';
import { kinesisRecord } from '../kinesis-records.ts';

const LOG = 'cityweave-observations';
const WRITTEN_MS = Date.UTC(2026, 10, 21, 9);
const RECEIVED_MS = Date.UTC(2026, 10, 21, 8);
const TRACE = '7e146a2c-95b5-6caf-98b9-50e3969734c7';
const PAYLOAD = '{"attributes": {"occupiedSpotNumber": 61}}';

function read(key: string, content: unknown) {
  const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
  return readFailure({ key, bytes, writtenAtMs: WRITTEN_MS } satisfies FailureObject, LOG);
}

function readingsIn(key: string, content: unknown): readonly KeptReading[] {
  const failure = read(key, content);
  if (failure.kind !== 'readings') throw new Error(`no readings: ${JSON.stringify(failure)}`);
  return failure.readings;
}

/** The page's own example with a payload of ours: IoT developer guide, "Error action message format". */
function ruleFailure(given: object = {}) {
  return {
    ruleName: 'cityweave_dt',
    topic: 'dt/centre/OffStreetParking/garage/camera',
    cloudwatchTraceId: TRACE,
    clientId: 'camera',
    base64OriginalPayload: Buffer.from(PAYLOAD).toString('base64'),
    failures: [failureOf('KinesisAction')],
    ...given,
  };
}

function failureOf(failedAction: string) {
  return {
    failedAction,
    failedResource: 'cityweave-ingest',
    errorMessage: 'Failed to put the record: ResourceNotFound',
  };
}

describe('the failure of a rule', () => {
  const key = `rules/${RECEIVED_MS}/${TRACE}/certificate-1.json`;

  it('is a reject with everything that the message and the key say', () => {
    expect(readingsIn(key, ruleFailure())).toEqual([
      {
        readingId: `${TRACE}/0`,
        count: 1,
        reason: 'delivery-failed',
        detail: 'rule cityweave_dt: KinesisAction: Failed to put the record: ResourceNotFound',
        topic: 'dt/centre/OffStreetParking/garage/camera',
        clientId: 'camera',
        principal: 'certificate-1',
        receivedAtMs: RECEIVED_MS,
        bytes: Buffer.from(PAYLOAD),
      },
    ]);
  });

  it.each([
    [`rules/${RECEIVED_MS}/${TRACE}/.json`, RECEIVED_MS, ''],
    [`rules/${RECEIVED_MS}//undefined.json`, RECEIVED_MS, ''],
    [`rules/${RECEIVED_MS}/${TRACE}/AIDA:a/b.json`, RECEIVED_MS, 'AIDA:a/b'],
    ['rules/somewhere-else', WRITTEN_MS, ''],
  ])('from %s: received at %d by "%s"', (place, receivedAtMs, principal) => {
    expect(readingsIn(place, ruleFailure())[0]).toMatchObject({ receivedAtMs, principal });
  });

  it('of what came over HTTP, without a trace id, has the random id of its object', () => {
    const [one, other] = ['0f6b', '97c2'].map(
      (id) => readingsIn(`rules/${RECEIVED_MS}/${id}/AIDA.json`, ruleFailure({ cloudwatchTraceId: '' }))[0],
    );
    expect([one?.readingId, other?.readingId]).toEqual(['0f6b/0', '97c2/0']);
  });

  it('has the topic that the rule saw, without the prefix of Basic Ingest', () => {
    const topic = 'dt/centre/gateway/cabinet-7/frames';
    const failure = ruleFailure({ ruleName: 'cityweave_ingest', topic: `$aws/rules/cityweave_ingest/${topic}` });
    expect(readingsIn(key, failure)[0]?.topic).toBe(topic);
  });

  it.each([
    [['LambdaAction'], 'skipped'],
    [['LambdaAction', 'KinesisAction'], 'readings'],
    [['KinesisAction'], 'readings'],
    [['NoSuchAction'], 'readings'],
    [[], 'readings'],
  ])('of %j is %s', (failed, kind) => {
    expect(read(key, ruleFailure({ failures: failed.map(failureOf) })).kind).toBe(kind);
  });
});

/** The page's own example, its event as text: Lambda developer guide, "Retain discarded batch records for a Kinesis …". */
function invocationRecord(stream: string, payload: unknown) {
  return {
    requestContext: {
      requestId: 'c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5',
      functionArn: 'arn:aws:lambda:us-east-2:123456789012:function:cityweave-normalizer',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 1,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: '2019-11-14T00:38:06.021Z',
    KinesisBatchInfo: {
      shardId: 'shardId-000000000001',
      startSequenceNumber: '49601189658422359378836298521827638475320189012309704722',
      endSequenceNumber: '49601189658422359378836298522902373528957594348623495186',
      approximateArrivalOfFirstRecord: '2019-11-14T00:38:04.835Z',
      approximateArrivalOfLastRecord: '2019-11-14T00:38:05.580Z',
      batchSize: 500,
      streamArn: `arn:aws:kinesis:us-east-2:123456789012:stream/${stream}`,
    },
    payload,
  };
}

describe('a batch that Lambda has given up', () => {
  const key = 'aws/lambda/0a1b/shardId-000000000001/2019-11-14T00.38.06-0a1b';
  const observation = (index: number): Observation => ({
    readingId: `m/${index}`,
    count: 2,
    kind: 'reading',
    clientId: 'camera',
    flags: [],
    assetId: 'garage',
    assetType: 'OffStreetParking',
    zone: 'centre',
    source: 'camera',
    stamp: BigInt(RECEIVED_MS) * 1_000_000n,
    seen: new Map(),
    observedAtMs: RECEIVED_MS,
    receivedAtMs: RECEIVED_MS,
    attestation: 'none',
    attributes: new Map([['occupiedSpotNumber', index]]),
    schema: 0n,
  });
  const event = (...data: (string | Uint8Array)[]) =>
    JSON.stringify({ Records: data.map((each, index) => kinesisRecord(index, each)) });

  it('of messages: each is a reject with its topic, sender and time, and is not looked into', () => {
    const message = {
      payload: Buffer.from('[1, 2, 3]').toString('base64'),
      topic: 'sensors/parking/lotA',
      clientId: 'bridge',
      principal: 'certificate-2',
      receivedAtMs: RECEIVED_MS,
      messageId: 'm',
    };
    const readings = readingsIn(key, invocationRecord('cityweave-ingest', event(JSON.stringify(message))));
    expect(readings).toEqual([
      {
        readingId: 'm/0',
        count: 1,
        reason: 'processing-failed',
        detail: 'cityweave-normalizer: RetryAttemptsExhausted after 1 invocations',
        topic: 'sensors/parking/lotA',
        clientId: 'bridge',
        principal: 'certificate-2',
        receivedAtMs: RECEIVED_MS,
        bytes: Buffer.from('[1, 2, 3]'),
      },
    ]);
  });

  it('of messages that were put back in: what had been asked for, one time more', () => {
    const message = {
      payload: 'AAAA',
      topic: 't',
      receivedAtMs: RECEIVED_MS,
      messageId: 'm',
      redrive: { times: 2, count: 9, places: [3, 8] },
    };
    const readings = readingsIn(key, invocationRecord('cityweave-ingest', event(JSON.stringify(message))));
    expect(readings.map(({ readingId, count, redrives }) => [readingId, count, redrives])).toEqual([
      ['m/3', 9, 2],
      ['m/8', 9, 2],
    ]);
  });

  it('of the log: each observation is a reject, its bytes a record of its own', () => {
    const both = encodeObservationRecord([observation(0), observation(1)]);
    const readings = readingsIn(key, invocationRecord(LOG, event(both)));
    expect(readings.map(({ readingId, count, form, topic }) => [readingId, count, form, topic])).toEqual([
      ['m/0', 2, 'observation', ''],
      ['m/1', 2, 'observation', ''],
    ]);
    expect(readings.map(({ bytes }) => decodeObservationRecord(bytes))).toEqual([
      { ok: true, observations: [observation(0)] },
      { ok: true, observations: [observation(1)] },
    ]);
  });

  it('of the log, but no observation: its bytes are kept as they are', () => {
    const readings = readingsIn(key, invocationRecord(LOG, event('gibberish')));
    expect(readings).toMatchObject([{ count: 1, form: 'observation', bytes: Buffer.from('gibberish') }]);
  });

  it('of the log, but no observation, and more than an item can hold: its beginning is kept', () => {
    const bytes = (count: number) => new Uint8Array(count).fill(0xff);
    const records = event(bytes(STRANGE_BYTES_MAX), bytes(STRANGE_BYTES_MAX + 1));
    const readings = readingsIn(key, invocationRecord(LOG, records));
    expect(readings.map((reading) => [reading.bytes.length, reading.detail.includes('of 380001 bytes')])).toEqual([
      [380_000, false],
      [380_000, true],
    ]);
  });

  it.each([
    ['no JSON', Buffer.from('{')],
    ['null', null],
    ['without its event, as for a queue', invocationRecord(LOG, undefined)],
    ['with an event of something else', invocationRecord(LOG, '{"Records": [{"s3": {}}]}')],
    ['with an event that is no JSON', invocationRecord(LOG, '{')],
    ['a rule’s, but without a payload', ruleFailure({ base64OriginalPayload: undefined })],
    ['a rule’s with failures of another shape', ruleFailure({ failures: [null] })],
    ['of an asynchronous invocation', { version: '1.0', requestPayload: {}, responsePayload: {} }],
  ])('%s: stays in the bucket', (_, content) => {
    expect(read(key, content).kind).toBe('unreadable');
  });

  it('with a message that no item of the table can hold: stays in the bucket', () => {
    const large = 'x'.repeat(PACK_BYTES_MAX);
    expect(read(key, invocationRecord('cityweave-ingest', event('small', large))).kind).toBe('unreadable');
  });
});

describe('a recalled batch', () => {
  const key = `${FAILURE_PREFIXES.recalled}2026-11-21T08:00Z/camera/0a1b.ndjson.gz`;

  it('gives back every field of every reading', () => {
    const shared = Buffer.from([0, 255, 128]);
    const kept = (index: number, given: Partial<KeptReading> = {}): KeptReading => ({
      readingId: `m/${index}`,
      count: 3,
      reason: 'malformed',
      detail: `place ${index}`,
      topic: 'sensors/parking/lotA',
      clientId: 'camera',
      principal: '',
      receivedAtMs: RECEIVED_MS,
      bytes: shared,
      ...given,
    });
    const readings = [
      kept(0),
      kept(1, { reason: 'out-of-range' }),
      kept(2, { bytes: Buffer.from('other'), redrives: 1, form: 'observation' }),
    ];
    expect(readingsIn(key, encodeRejectBatch(readings))).toEqual(readings);
  });

  it('that is none stays in the bucket', () => {
    expect(read(key, ruleFailure()).kind).toBe('unreadable');
  });
});
