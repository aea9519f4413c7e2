import { DeleteStreamCommand, PutRecordCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type Contract, documented } from './contract.ts';
import { createdStream, iterator, readRecords, SHARD_0, SHARD_1 } from './stream-for-test.ts';

const MIB = 1024 * 1024;
const HALF = 2n ** 127n;
/** MD5 of these begins with 0c and with 90 (RFC 1321, appendix A.5), so of two shards they lie in the first and second. */
const KEY_OF_SHARD_0 = 'a';
const KEY_OF_SHARD_1 = 'abc';

export function putCases(contract: Contract): void {
  const { client } = contract;
  let StreamName: string;
  beforeAll(async () => {
    StreamName = await createdStream(client, { ShardCount: 2 });
  });
  afterAll(async () => {
    await client.send(new DeleteStreamCommand({ StreamName }));
  });
  const put = (PartitionKey: string, Data: Uint8Array, ExplicitHashKey?: string) =>
    client.send(new PutRecordCommand({ StreamName, PartitionKey, Data, ExplicitHashKey }));
  const data = Buffer.from('data');

  describe('PutRecord', () => {
    documented(contract, 'the MD5 of the partition key chooses the shard', async () => {
      expect((await put(KEY_OF_SHARD_0, data)).ShardId).toBe(SHARD_0);
      expect((await put(KEY_OF_SHARD_1, data)).ShardId).toBe(SHARD_1);
    });

    documented(contract, 'an explicit hash key overrides the partition key', async () => {
      expect((await put(KEY_OF_SHARD_1, data, '0')).ShardId).toBe(SHARD_0);
      expect((await put(KEY_OF_SHARD_1, data, (HALF - 1n).toString())).ShardId).toBe(SHARD_0);
      expect((await put(KEY_OF_SHARD_0, data, HALF.toString())).ShardId).toBe(SHARD_1);
      expect((await put(KEY_OF_SHARD_0, data, (2n * HALF - 1n).toString())).ShardId).toBe(SHARD_1);
    });

    documented(contract, 'an explicit hash key of 2^128 is an invalid argument', async () => {
      await expect(put('k', data, (2n * HALF).toString())).rejects.toMatchObject({ name: 'InvalidArgumentException' });
    });

    documented(contract, 'sequence numbers of a shard increase', async () => {
      const numbers: bigint[] = [];
      for (let count = 0; count < 20; count += 1) {
        numbers.push(BigInt((await put(KEY_OF_SHARD_0, data)).SequenceNumber ?? -1));
      }
      expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => (one < other ? -1 : 1)));
    });

    documented(contract, 'bytes and partition keys come back as they were put', async () => {
      const bytes = Uint8Array.from({ length: 256 }, (_, value) => value);
      const PartitionKey = 'Straße-北-🚦';
      const { ShardId, SequenceNumber } = await put(PartitionKey, bytes);
      const at = await iterator(client, {
        StreamName,
        ShardId,
        ShardIteratorType: 'AT_SEQUENCE_NUMBER',
        StartingSequenceNumber: SequenceNumber,
      });
      const [record] = await readRecords(client, at, 1, 1);
      expect(record).toMatchObject({ PartitionKey, SequenceNumber });
      expect([...(record?.Data ?? [])]).toEqual([...bytes]);
    });

    documented(contract, 'data may be empty', async () => {
      await expect(put('k', new Uint8Array())).resolves.toMatchObject({ ShardId: expect.any(String) });
    });

    documented(contract, 'data and partition key have 1 MiB together', async () => {
      await expect(put('key', Buffer.alloc(MIB - 3))).resolves.toMatchObject({ ShardId: expect.any(String) });
      await expect(put('key', Buffer.alloc(MIB - 2))).rejects.toMatchObject({ name: 'InvalidArgumentException' });
    });

    documented(contract, 'a partition key has 1 to 256 characters', async () => {
      await expect(put('k'.repeat(256), data)).resolves.toMatchObject({ ShardId: expect.any(String) });
      await expect(put('k'.repeat(257), data)).rejects.toMatchObject({ name: 'ValidationException' });
      await expect(put('', data)).rejects.toMatchObject({ name: 'ValidationException' });
    });
  });

  describe('PutRecords', () => {
    const entry = (PartitionKey: string, Data: Uint8Array = data) => ({ PartitionKey, Data });
    const putMany = (Records: { PartitionKey: string; Data: Uint8Array }[]) =>
      client.send(new PutRecordsCommand({ StreamName, Records }));

    documented(contract, 'each record is answered in the place where it was asked for', async () => {
      const keys = [KEY_OF_SHARD_1, KEY_OF_SHARD_0, KEY_OF_SHARD_0, KEY_OF_SHARD_1];
      const { FailedRecordCount, Records } = await putMany(keys.map((key) => entry(key)));
      expect(FailedRecordCount).toBe(0);
      expect(Records?.map(({ ShardId }) => ShardId)).toEqual([SHARD_1, SHARD_0, SHARD_0, SHARD_1]);
      expect(new Set(Records?.map(({ SequenceNumber }) => SequenceNumber)).size).toBe(4);
    });

    documented(contract, 'a request has 1 to 500 records', async () => {
      const { Records } = await putMany(Array.from({ length: 500 }, (_, key) => entry(String(key))));
      expect(Records).toHaveLength(500);
      const tooMany = putMany(Array.from({ length: 501 }, (_, key) => entry(String(key))));
      await expect(tooMany).rejects.toMatchObject({ name: 'ValidationException' });
      await expect(putMany([])).rejects.toMatchObject({ name: 'ValidationException' });
    });

    documented(contract, 'a request has 10 MiB, partition keys included', async () => {
      const full = Array.from({ length: 10 }, () => entry('k', Buffer.alloc(MIB - 1)));
      await expect(putMany(full)).resolves.toMatchObject({ FailedRecordCount: expect.any(Number) });
      await expect(putMany([...full, entry('k', Buffer.alloc(0))])).rejects.toMatchObject({
        name: 'InvalidArgumentException',
      });
    });
  });
}
