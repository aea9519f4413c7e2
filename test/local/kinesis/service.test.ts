import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { decodeCbor, encodeCbor } from '../../../local/kinesis/cbor.ts';
import { createKinesis, type Kinesis } from '../../../local/kinesis/service.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 10, 21, 8);
const STREAM = 'a-stream';
const SHARD = 'shardId-000000000000';
const PLENTY = { recordsMax: 100_000, bytesMax: 1_000_000_000 };

class Clock {
  ms = START_MS;
  readonly nowMs = (): number => this.ms;
}

async function open(directory: string, clock = new Clock()): Promise<Kinesis> {
  const kinesis = await createKinesis({ directory, nowMs: clock.nowMs });
  onTestFinished(() => kinesis.close().catch(() => undefined));
  return kinesis;
}

async function withOneShard(clock = new Clock()): Promise<Kinesis> {
  const kinesis = await open(await temporaryDirectory(), clock);
  await call(kinesis, 'CreateStream', { StreamName: STREAM, ShardCount: 1 });
  return kinesis;
}

/** One operation as JSON 1.1: its status, and its output or its error. */
async function request(kinesis: Kinesis, operation: string, input: object) {
  const { status, body } = await kinesis.handle({
    method: 'POST',
    url: '/',
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    operation,
    body: Buffer.from(JSON.stringify(input)),
  });
  return { status, output: JSON.parse(body.toString()) };
}

async function call(kinesis: Kinesis, operation: string, input: object) {
  const { status, output } = await request(kinesis, operation, input);
  expect(output, operation).not.toHaveProperty('__type');
  expect(status).toBe(200);
  return output;
}

async function errorOf(kinesis: Kinesis, operation: string, input: object): Promise<unknown> {
  const { status, output } = await request(kinesis, operation, input);
  expect(status).toBe(400);
  expect(output.message).toMatch(/\.$/);
  return output.__type;
}

async function iteratorAt(kinesis: Kinesis, ShardIteratorType: string, more: object = {}): Promise<string> {
  const input = { StreamName: STREAM, ShardId: SHARD, ShardIteratorType, ...more };
  return (await call(kinesis, 'GetShardIterator', input)).ShardIterator;
}

describe('the stream of a running process', () => {
  it('keeps the order of putRecord calls that nobody waits for', async () => {
    const kinesis = await withOneShard();
    const words = Array.from({ length: 2000 }, (_, number) => `record ${number}`);
    const receipts = await Promise.all(words.map((word) => kinesis.putRecord(STREAM, word, Buffer.from(word))));
    const records = await kinesis.readAfter(STREAM, SHARD, undefined, PLENTY);
    expect(records.map(({ data }) => data.toString())).toEqual(words);
    expect(records.map((record) => record.sequenceNumber)).toEqual(receipts.map((receipt) => receipt.sequenceNumber));
    expect(records[0]).toMatchObject({ partitionKey: 'record 0', approximateArrivalMs: START_MS });
  });

  it('is read behind a sequence number, a part at a time', async () => {
    const kinesis = await withOneShard();
    const receipts = await Promise.all(['a', 'b', 'c'].map((key) => kinesis.putRecord(STREAM, key, Buffer.from(key))));
    const behind = (after: string | undefined, limits = PLENTY) =>
      kinesis
        .readAfter(STREAM, SHARD, after, limits)
        .then((records) => records.map((record) => record.partitionKey).join(''));
    expect(await behind(receipts[0]?.sequenceNumber)).toBe('bc');
    expect(await behind(receipts[2]?.sequenceNumber)).toBe('');
    expect(await behind(undefined, { recordsMax: 2, bytesMax: 1000 })).toBe('ab');
    expect(await behind(undefined, { recordsMax: 9, bytesMax: 4 })).toBe('ab');
    expect(await behind(undefined, { recordsMax: 9, bytesMax: 3 })).toBe('a');
    expect(await behind(undefined, { recordsMax: 9, bytesMax: 0 })).toBe('a');
  });

  it('is found by its ARN as well', async () => {
    const kinesis = await withOneShard();
    expect(kinesis.shardIds(`arn:aws:kinesis:us-east-1:000000000000:stream/${STREAM}`)).toEqual([SHARD]);
    expect(kinesis.shardIds(STREAM)).toEqual([SHARD]);
  });

  it('wakes whoever waits for records of that shard', async () => {
    const kinesis = await withOneShard();
    const listener = vi.fn();
    const leave = kinesis.onAppend(STREAM, SHARD, listener);
    await kinesis.putRecord(STREAM, 'k', Buffer.from('x'));
    expect(listener).toHaveBeenCalledTimes(1);
    leave();
    await kinesis.putRecord(STREAM, 'k', Buffer.from('y'));
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('says by rule why it refuses', async () => {
    const kinesis = await withOneShard();
    const refusal = (type: string) => ({ cause: expect.objectContaining({ type }) });
    const data = Buffer.from('x');
    await expect(kinesis.putRecord('none', 'k', data)).rejects.toMatchObject(refusal('ResourceNotFoundException'));
    const large = kinesis.putRecord(STREAM, 'k', Buffer.alloc(1024 * 1024));
    await expect(large).rejects.toMatchObject(refusal('InvalidArgumentException'));
    const noKey = kinesis.putRecord(STREAM, '', data);
    await expect(noKey).rejects.toMatchObject(refusal('ValidationException'));
    expect(() => kinesis.shardIds('none')).toThrow('ResourceNotFoundException');
    expect(() => kinesis.onAppend(STREAM, 'shardId-000000000001', () => undefined)).toThrow(
      'ResourceNotFoundException',
    );
  });

  it('does not let a reader wait for a sequence number that the shard never gave', async () => {
    const [kinesis, other] = [await withOneShard(), await withOneShard()];
    await kinesis.putRecord(STREAM, 'k', Buffer.from('x'));
    const { sequenceNumber } = await kinesis.putRecord(STREAM, 'k', Buffer.from('y'));
    await other.putRecord(STREAM, 'k', Buffer.from('x'));
    await expect(other.readAfter(STREAM, SHARD, sequenceNumber, PLENTY)).rejects.toThrow('another data directory');
  });

  it('throttles when more than 64 MiB of a shard wait for the disk', async () => {
    const kinesis = await withOneShard();
    const mebibyte = Buffer.alloc(1024 * 1024 - 1);
    const puts = Array.from({ length: 65 }, () => kinesis.putRecord(STREAM, 'k', mebibyte));
    const outcomes = await Promise.allSettled(puts);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(2);
    await expect(puts.at(-1)).rejects.toMatchObject({ cause: { type: 'ProvisionedThroughputExceededException' } });
  });
});

describe('the data directory', () => {
  it('brings streams back with records, settings and sequence numbers that go on', async () => {
    const directory = await temporaryDirectory();
    const before = await open(directory);
    await call(before, 'CreateStream', { StreamName: STREAM, ShardCount: 1 });
    await call(before, 'IncreaseStreamRetentionPeriod', { StreamName: STREAM, RetentionPeriodHours: 48 });
    const first = await before.putRecord(STREAM, 'k', Buffer.from('first'));
    await before.close();

    const after = await open(directory);
    const second = await after.putRecord(STREAM, 'k', Buffer.from('second'));
    expect(BigInt(second.sequenceNumber)).toBeGreaterThan(BigInt(first.sequenceNumber));
    const records = await after.readAfter(STREAM, SHARD, first.sequenceNumber, PLENTY);
    expect(records.map(({ data }) => data.toString())).toEqual(['second']);
    const { StreamDescriptionSummary } = await call(after, 'DescribeStreamSummary', { StreamName: STREAM });
    expect(StreamDescriptionSummary).toMatchObject({
      RetentionPeriodHours: 48,
      StreamCreationTimestamp: START_MS / 1000,
    });
  });

  it('loses what is left of a stream whose creation or deletion was cut short', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, `half@${START_MS}`, SHARD), { recursive: true });
    const kinesis = await open(directory);
    expect(await readdir(directory)).toEqual([]);
    await call(kinesis, 'CreateStream', { StreamName: '..', ShardCount: 1 });
    expect(await readdir(directory)).toEqual([`..@${START_MS}`]);
    await call(kinesis, 'DeleteStream', { StreamName: '..' });
    expect(await readdir(directory)).toEqual([]);
  });

  it('numbers a stream anew that is created again', async () => {
    const clock = new Clock();
    const kinesis = await withOneShard(clock);
    const first = await kinesis.putRecord(STREAM, 'k', Buffer.from('x'));
    await call(kinesis, 'DeleteStream', { StreamName: STREAM });
    clock.ms += 1;
    await call(kinesis, 'CreateStream', { StreamName: STREAM, ShardCount: 1 });
    const again = await kinesis.putRecord(STREAM, 'k', Buffer.from('x'));
    expect(BigInt(again.sequenceNumber)).toBeGreaterThan(BigInt(first.sequenceNumber));
  });

  it('lets go of records that are older than the retention', async () => {
    const clock = new Clock();
    const kinesis = await withOneShard(clock);
    await kinesis.putRecord(STREAM, 'k', Buffer.from('old'));
    clock.ms += 23 * HOUR_MS;
    await kinesis.putRecord(STREAM, 'k', Buffer.from('young'));
    const left = async (): Promise<string[]> => {
      await kinesis.streams.trim();
      return (await kinesis.readAfter(STREAM, SHARD, undefined, PLENTY)).map(({ data }) => data.toString());
    };
    expect(await left()).toEqual(['old', 'young']);
    clock.ms += 24 * HOUR_MS;
    expect(await left()).toEqual(['old', 'young']);
    clock.ms += 1;
    expect(await left()).toEqual([]);
  });
});

describe('the API, where time or size is the matter', () => {
  it('takes an iterator for five minutes', async () => {
    const clock = new Clock();
    const kinesis = await withOneShard(clock);
    const ShardIterator = await iteratorAt(kinesis, 'TRIM_HORIZON');
    clock.ms += 300_000;
    await call(kinesis, 'GetRecords', { ShardIterator });
    clock.ms += 1;
    expect(await errorOf(kinesis, 'GetRecords', { ShardIterator })).toBe('ExpiredIteratorException');
  });

  it('takes a token of ListShards for five minutes', async () => {
    const clock = new Clock();
    const kinesis = await open(await temporaryDirectory(), clock);
    await call(kinesis, 'CreateStream', { StreamName: STREAM, ShardCount: 2 });
    const { NextToken } = await call(kinesis, 'ListShards', { StreamName: STREAM, MaxResults: 1 });
    clock.ms += 300_000;
    await call(kinesis, 'ListShards', { NextToken });
    clock.ms += 1;
    expect(await errorOf(kinesis, 'ListShards', { NextToken })).toBe('ExpiredNextTokenException');
  });

  it('refuses a starting time that has not come', async () => {
    const kinesis = await withOneShard();
    await iteratorAt(kinesis, 'AT_TIMESTAMP', { Timestamp: START_MS / 1000 });
    const input = { StreamName: STREAM, ShardId: SHARD, ShardIteratorType: 'AT_TIMESTAMP' };
    const later = { ...input, Timestamp: (START_MS + 1) / 1000 };
    expect(await errorOf(kinesis, 'GetShardIterator', later)).toBe('InvalidArgumentException');
  });

  it('returns at most 10 MiB, and the rest behind the next iterator', async () => {
    const kinesis = await withOneShard();
    const data = Buffer.alloc(1024 * 1024 - 1);
    await Promise.all(Array.from({ length: 11 }, () => kinesis.putRecord(STREAM, 'k', data)));
    const ShardIterator = await iteratorAt(kinesis, 'TRIM_HORIZON');
    const { Records, NextShardIterator } = await call(kinesis, 'GetRecords', { ShardIterator });
    expect(Records).toHaveLength(10);
    expect((await call(kinesis, 'GetRecords', { ShardIterator: NextShardIterator })).Records).toHaveLength(1);
  });

  it('returns at most 10,000 records', async () => {
    const kinesis = await withOneShard();
    await Promise.all(Array.from({ length: 10_001 }, () => kinesis.putRecord(STREAM, 'k', Buffer.alloc(1))));
    const ShardIterator = await iteratorAt(kinesis, 'TRIM_HORIZON');
    expect((await call(kinesis, 'GetRecords', { ShardIterator })).Records).toHaveLength(10_000);
  });

  it('reads an iterator that was given before a restart', async () => {
    const directory = await temporaryDirectory();
    const before = await open(directory);
    await call(before, 'CreateStream', { StreamName: STREAM, ShardCount: 1 });
    const ShardIterator = await iteratorAt(before, 'LATEST');
    await before.putRecord(STREAM, 'k', Buffer.from('x'));
    await before.close();
    expect((await call(await open(directory), 'GetRecords', { ShardIterator })).Records).toHaveLength(1);
  });

  it('has as many shards as it can open files, and larger records where asked for', async () => {
    const kinesis = await open(await temporaryDirectory());
    const tooMany = { StreamName: STREAM, ShardCount: 501 };
    expect(await errorOf(kinesis, 'CreateStream', tooMany)).toBe('LimitExceededException');
    await call(kinesis, 'CreateStream', { StreamName: STREAM, ShardCount: 1, MaxRecordSizeInKiB: 2048 });
    await kinesis.putRecord(STREAM, 'k', Buffer.alloc(2 * 1024 * 1024 - 1));
    await expect(kinesis.putRecord(STREAM, 'k', Buffer.alloc(2 * 1024 * 1024))).rejects.toThrow('2097152');
  });

  it('refuses by name what it does not do', async () => {
    const kinesis = await withOneShard();
    const record = { StreamName: STREAM, PartitionKey: 'k', Data: 'eA==' };
    expect(await errorOf(kinesis, 'PutRecord', { ...record, DryRun: true })).toBe('InvalidArgumentException');
    const auto = { StreamName: 'auto', RecordDistributionStrategy: 'AUTO' };
    expect(await errorOf(kinesis, 'CreateStream', auto)).toBe('InvalidArgumentException');
    expect(await errorOf(kinesis, 'SplitShard', { StreamName: STREAM })).toBe('UnknownOperationException');
    expect(await errorOf(kinesis, 'PutRecord', { ...record, Data: 'e' })).toBe('SerializationException');
  });
});

describe('the protocol of the SDK for Java', () => {
  it('is spoken where the content type asks for it', async () => {
    const kinesis = await withOneShard();
    const cbor = async (operation: string, input: object): Promise<unknown> => {
      const { headers, body } = await kinesis.handle({
        method: 'POST',
        url: '/',
        headers: { 'content-type': 'application/x-amz-cbor-1.1' },
        operation,
        body: encodeCbor(input),
      });
      expect(headers['content-type']).toBe('application/x-amz-cbor-1.1');
      return decodeCbor(Buffer.from(body));
    };
    const Data = Buffer.from([0, 1, 2, 255]);
    await cbor('PutRecord', { StreamName: STREAM, PartitionKey: 'k', Data });
    const ShardIterator = await iteratorAt(kinesis, 'TRIM_HORIZON');
    expect(await cbor('GetRecords', { ShardIterator })).toMatchObject({
      Records: [{ PartitionKey: 'k', Data, ApproximateArrivalTimestamp: new Date(START_MS) }],
      MillisBehindLatest: 0,
    });
    expect(await cbor('DeleteStream', { StreamName: 'none' })).toMatchObject({ __type: 'ResourceNotFoundException' });
  });
});
