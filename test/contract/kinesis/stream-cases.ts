import {
  CreateStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  IncreaseStreamRetentionPeriodCommand,
  ListShardsCommand,
  ListStreamsCommand,
  ListTagsForStreamCommand,
  PutRecordCommand,
  waitUntilStreamNotExists,
} from '@aws-sdk/client-kinesis';
import { describe, expect } from 'vitest';
import { type Contract, documented } from './contract.ts';
import {
  createdStream,
  freshName,
  iterator,
  readRecords,
  SHARD_0,
  SHARD_1,
  textOf,
  withStream,
} from './stream-for-test.ts';

const HASH_KEYS = 2n ** 128n;

export function streamCases(contract: Contract): void {
  const { client } = contract;

  describe('streams', () => {
    documented(contract, 'a provisioned stream is described as it was asked for', () =>
      withStream(client, 2, async (StreamName) => {
        const { StreamDescriptionSummary: summary } = await client.send(
          new DescribeStreamSummaryCommand({ StreamName }),
        );
        expect(summary).toMatchObject({
          StreamName,
          StreamStatus: 'ACTIVE',
          StreamModeDetails: { StreamMode: 'PROVISIONED' },
          RetentionPeriodHours: 24,
          EncryptionType: 'NONE',
          OpenShardCount: 2,
          ConsumerCount: 0,
        });
        expect(summary?.StreamARN).toMatch(new RegExp(`^arn:aws:kinesis:[a-z0-9-]+:\\d{12}:stream/${StreamName}$`));
        expect(Math.abs(Date.now() - Number(summary?.StreamCreationTimestamp))).toBeLessThan(120_000);
      }),
    );

    documented(contract, 'the shards share the hash keys evenly, without gap or overlap', () =>
      withStream(client, 3, async (StreamName) => {
        const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }));
        const ranges = Shards.map(({ HashKeyRange }) => HashKeyRange);
        const starts = ranges.map((range) => BigInt(range?.StartingHashKey ?? -1));
        const ends = ranges.map((range) => BigInt(range?.EndingHashKey ?? -1));
        expect(starts[0]).toBe(0n);
        expect(ends[0]).toBe(HASH_KEYS / 3n - 1n);
        expect(starts.slice(1)).toEqual(ends.slice(0, 2).map((end) => end + 1n));
        expect(ends[2]).toBe(HASH_KEYS - 1n);
      }),
    );

    documented(contract, 'an on-demand stream has four shards', async () => {
      const StreamName = await createdStream(client, { StreamModeDetails: { StreamMode: 'ON_DEMAND' } });
      const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName }));
      await client.send(new DeleteStreamCommand({ StreamName }));
      expect(StreamDescription?.StreamModeDetails?.StreamMode).toBe('ON_DEMAND');
      expect(StreamDescription?.Shards).toHaveLength(4);
    });

    documented(contract, 'the tags of its creation are listed by key, a page at a time', async () => {
      const StreamName = await createdStream(client, { ShardCount: 1, Tags: { b: '2', a: '1' } });
      const first = await client.send(new ListTagsForStreamCommand({ StreamName, Limit: 1 }));
      const rest = await client.send(new ListTagsForStreamCommand({ StreamName, ExclusiveStartTagKey: 'a' }));
      await client.send(new DeleteStreamCommand({ StreamName }));
      expect(first).toMatchObject({ Tags: [{ Key: 'a', Value: '1' }], HasMoreTags: true });
      expect(rest).toMatchObject({ Tags: [{ Key: 'b', Value: '2' }], HasMoreTags: false });
    });

    documented(contract, 'a name that is taken is in use', () =>
      withStream(client, 1, async (StreamName) => {
        const again = client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
        await expect(again).rejects.toMatchObject({ name: 'ResourceInUseException' });
      }),
    );

    documented(contract, 'a name has 1 to 128 letters, digits, dots, dashes and underscores', async () => {
      for (const StreamName of ['with space', 'n'.repeat(129)]) {
        const created = client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
        await expect(created).rejects.toMatchObject({ name: 'ValidationException' });
      }
      const longest = await createdStream(client, { ShardCount: 1 }, freshName().padEnd(128, 'n'));
      await client.send(new DeleteStreamCommand({ StreamName: longest }));
    });

    documented(contract, 'a stream may be named by its ARN alone, or by both', () =>
      withStream(client, 1, async (StreamName) => {
        const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName }));
        const StreamARN = StreamDescription?.StreamARN;
        const data = { PartitionKey: 'k', Data: Buffer.from('x') };
        await expect(client.send(new PutRecordCommand({ StreamARN, ...data }))).resolves.toBeDefined();
        await expect(client.send(new PutRecordCommand({ StreamARN, StreamName, ...data }))).resolves.toBeDefined();
      }),
    );

    documented(contract, 'a request that names no stream has an invalid argument', async () => {
      const described = client.send(new DescribeStreamSummaryCommand({}));
      await expect(described).rejects.toMatchObject({ name: 'InvalidArgumentException' });
    });

    documented(contract, 'a stream that is not there is not found', async () => {
      const StreamName = freshName();
      const notFound = { name: 'ResourceNotFoundException' };
      await expect(client.send(new DescribeStreamCommand({ StreamName }))).rejects.toMatchObject(notFound);
      await expect(client.send(new DescribeStreamSummaryCommand({ StreamName }))).rejects.toMatchObject(notFound);
      await expect(client.send(new DeleteStreamCommand({ StreamName }))).rejects.toMatchObject(notFound);
      await expect(client.send(new ListShardsCommand({ StreamName }))).rejects.toMatchObject(notFound);
      const put = client.send(new PutRecordCommand({ StreamName, PartitionKey: 'k', Data: Buffer.from('x') }));
      await expect(put).rejects.toMatchObject(notFound);
    });

    documented(contract, 'a deleted stream is gone, and its name is free for a new and empty one', async () => {
      const StreamName = await createdStream(client, { ShardCount: 1 });
      const put = (text: string) =>
        client.send(new PutRecordCommand({ StreamName, PartitionKey: 'k', Data: Buffer.from(text) }));
      await put('old');
      await client.send(new DeleteStreamCommand({ StreamName }));
      await waitUntilStreamNotExists({ client, maxWaitTime: 120, minDelay: 0.05, maxDelay: 2 }, { StreamName });
      await createdStream(client, { ShardCount: 1 }, StreamName);
      await put('new');
      const oldest = { StreamName, ShardId: SHARD_0, ShardIteratorType: 'TRIM_HORIZON' } as const;
      const [record] = await readRecords(client, await iterator(client, oldest), 1);
      await client.send(new DeleteStreamCommand({ StreamName }));
      expect(record && textOf(record)).toBe('new');
    });

    documented(contract, 'streams are listed by name, a page at a time', () =>
      withStream(client, 1, (first) =>
        withStream(client, 1, async (second) => {
          const [lower = '', higher] = [first, second].sort();
          const all = await client.send(new ListStreamsCommand({}));
          expect(all.StreamNames).toEqual(expect.arrayContaining([lower, higher]));
          const page = await client.send(new ListStreamsCommand({ ExclusiveStartStreamName: lower, Limit: 1 }));
          expect(page.StreamNames).toHaveLength(1);
          expect(page.StreamNames?.[0]).not.toBe(lower);
        }),
      ),
    );
  });

  describe('retention', () => {
    const change = (
      Command: typeof IncreaseStreamRetentionPeriodCommand | typeof DecreaseStreamRetentionPeriodCommand,
      StreamName: string,
      RetentionPeriodHours: number,
    ) => client.send(new Command({ StreamName, RetentionPeriodHours }));
    const invalid = { name: 'InvalidArgumentException' };

    documented(contract, 'retention goes up to 8,760 hours and down to 24', () =>
      withStream(client, 1, async (StreamName) => {
        await change(IncreaseStreamRetentionPeriodCommand, StreamName, 8760);
        const raised = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
        expect(raised.StreamDescriptionSummary?.RetentionPeriodHours).toBe(8760);
        await change(DecreaseStreamRetentionPeriodCommand, StreamName, 24);
        const lowered = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
        expect(lowered.StreamDescriptionSummary?.RetentionPeriodHours).toBe(24);
      }),
    );

    documented(contract, 'retention outside of 24 to 8,760 hours is an invalid argument', () =>
      withStream(client, 1, async (StreamName) => {
        await expect(change(IncreaseStreamRetentionPeriodCommand, StreamName, 8761)).rejects.toMatchObject(invalid);
        await expect(change(DecreaseStreamRetentionPeriodCommand, StreamName, 23)).rejects.toMatchObject(invalid);
      }),
    );

    documented(contract, 'increasing does not shorten and decreasing does not prolong', () =>
      withStream(client, 1, async (StreamName) => {
        await change(IncreaseStreamRetentionPeriodCommand, StreamName, 48);
        await expect(change(IncreaseStreamRetentionPeriodCommand, StreamName, 36)).rejects.toMatchObject(invalid);
        await expect(change(DecreaseStreamRetentionPeriodCommand, StreamName, 72)).rejects.toMatchObject(invalid);
      }),
    );
  });

  describe('shards', () => {
    documented(contract, 'DescribeStream gives shards a page at a time', () =>
      withStream(client, 2, async (StreamName) => {
        const first = await client.send(new DescribeStreamCommand({ StreamName, Limit: 1 }));
        expect(first.StreamDescription?.Shards?.map(({ ShardId }) => ShardId)).toEqual([SHARD_0]);
        expect(first.StreamDescription?.HasMoreShards).toBe(true);
        const rest = await client.send(new DescribeStreamCommand({ StreamName, ExclusiveStartShardId: SHARD_0 }));
        expect(rest.StreamDescription?.Shards?.map(({ ShardId }) => ShardId)).toEqual([SHARD_1]);
        expect(rest.StreamDescription?.HasMoreShards).toBe(false);
      }),
    );

    documented(contract, 'ListShards goes on by its token, which stands alone', () =>
      withStream(client, 2, async (StreamName) => {
        const first = await client.send(new ListShardsCommand({ StreamName, MaxResults: 1 }));
        expect(first.Shards?.map(({ ShardId }) => ShardId)).toEqual([SHARD_0]);
        const { NextToken } = first;
        expect(NextToken).toBeDefined();
        const rest = await client.send(new ListShardsCommand({ NextToken }));
        expect(rest.Shards?.map(({ ShardId }) => ShardId)).toEqual([SHARD_1]);
        expect(rest.NextToken).toBeUndefined();
        await expect(client.send(new ListShardsCommand({ NextToken, StreamName }))).rejects.toMatchObject({
          name: 'InvalidArgumentException',
        });
      }),
    );

    documented(contract, 'ListShards filters by shard and by time', () =>
      withStream(client, 2, async (StreamName) => {
        const after = { Type: 'AFTER_SHARD_ID', ShardId: SHARD_0 } as const;
        const afterFirst = await client.send(new ListShardsCommand({ StreamName, ShardFilter: after }));
        expect(afterFirst.Shards?.map(({ ShardId }) => ShardId)).toEqual([SHARD_1]);
        const latest = { Type: 'AT_LATEST' } as const;
        const open = await client.send(new ListShardsCommand({ StreamName, ShardFilter: latest }));
        expect(open.Shards?.map(({ ShardId }) => ShardId)).toEqual([SHARD_0, SHARD_1]);
      }),
    );
  });
}
