import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  ListShardsCommand,
  PutRecordCommand,
} from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type Contract, documented } from './contract.ts';
import { createdStream, iterator, readRecords, SHARD_0, textOf, withStream } from './stream-for-test.ts';

type From = Omit<GetShardIteratorCommandInput, 'StreamName' | 'ShardId'>;

/** Far enough apart for a clock of one millisecond, and for AWS's several. */
const GAP_MS = 300;

export function readCases(contract: Contract): void {
  const { client } = contract;
  const put = async (StreamName: string, text: string): Promise<string> => {
    const record = { StreamName, PartitionKey: 'k', Data: Buffer.from(text) };
    return (await client.send(new PutRecordCommand(record))).SequenceNumber ?? '';
  };
  const from = (StreamName: string, start: From) => iterator(client, { StreamName, ShardId: SHARD_0, ...start });
  const read = async (StreamName: string, start: From, count: number) =>
    (await readRecords(client, await from(StreamName, start), count)).map(textOf);

  describe('reading', () => {
    let StreamName: string;
    let sequenceNumbers: string[];
    let betweenMs: number;
    beforeAll(async () => {
      StreamName = await createdStream(client, { ShardCount: 1 });
      sequenceNumbers = [await put(StreamName, 'one'), await put(StreamName, 'two')];
      await sleep(GAP_MS);
      betweenMs = Date.now();
      await sleep(GAP_MS);
      sequenceNumbers.push(await put(StreamName, 'three'));
    });
    afterAll(async () => {
      await client.send(new DeleteStreamCommand({ StreamName }));
    });

    documented(contract, 'TRIM_HORIZON gives all records, in order, as they were put', async () => {
      const records = await readRecords(client, await from(StreamName, { ShardIteratorType: 'TRIM_HORIZON' }), 3);
      expect(records.map(textOf)).toEqual(['one', 'two', 'three']);
      expect(records.map(({ SequenceNumber }) => SequenceNumber)).toEqual(sequenceNumbers);
      expect(records.map(({ PartitionKey }) => PartitionKey)).toEqual(['k', 'k', 'k']);
      const arrivalsMs = records.map(({ ApproximateArrivalTimestamp }) => Number(ApproximateArrivalTimestamp));
      expect(arrivalsMs[1]).toBeLessThan(betweenMs);
      expect(arrivalsMs[2]).toBeGreaterThan(betweenMs);
    });

    documented(contract, 'AT_SEQUENCE_NUMBER begins with the record', async () => {
      const start = { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: sequenceNumbers[1] } as const;
      expect(await read(StreamName, start, 2)).toEqual(['two', 'three']);
    });

    documented(contract, 'AFTER_SEQUENCE_NUMBER begins behind the record', async () => {
      const start = { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: sequenceNumbers[1] } as const;
      expect(await read(StreamName, start, 1)).toEqual(['three']);
    });

    documented(contract, "a shard's own starting sequence number stands before its first record", async () => {
      const { Shards } = await client.send(new ListShardsCommand({ StreamName }));
      const StartingSequenceNumber = Shards?.[0]?.SequenceNumberRange?.StartingSequenceNumber;
      const start = { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber } as const;
      expect(await read(StreamName, start, 3)).toEqual(['one', 'two', 'three']);
    });

    documented(contract, 'AT_TIMESTAMP begins with the next later record', async () => {
      const start = { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(betweenMs) } as const;
      expect(await read(StreamName, start, 1)).toEqual(['three']);
    });

    documented(contract, 'AT_TIMESTAMP before the oldest record is TRIM_HORIZON', async () => {
      const start = { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(betweenMs - 3_600_000) } as const;
      expect(await read(StreamName, start, 3)).toEqual(['one', 'two', 'three']);
    });

    documented(contract, 'Limit bounds a page, and the next iterator goes on behind it', async () => {
      const start = await from(StreamName, { ShardIteratorType: 'TRIM_HORIZON' });
      const page = await client.send(new GetRecordsCommand({ ShardIterator: start, Limit: 2 }));
      expect(page.Records?.length).toBeLessThanOrEqual(2);
      expect((await readRecords(client, start, 3, 1)).map(textOf)).toEqual(['one', 'two', 'three']);
    });

    documented(contract, 'MillisBehindLatest is the age of the last record read, and zero at the tip', async () => {
      const start = await from(StreamName, { ShardIteratorType: 'TRIM_HORIZON' });
      const behind = await client.send(new GetRecordsCommand({ ShardIterator: start, Limit: 1 }));
      expect(behind.MillisBehindLatest).toBeGreaterThanOrEqual(GAP_MS);
      const latest = await from(StreamName, { ShardIteratorType: 'LATEST' });
      const tip = await client.send(new GetRecordsCommand({ ShardIterator: latest }));
      expect(tip.MillisBehindLatest).toBe(0);
      expect(tip.NextShardIterator).toBeDefined();
    });

    documented(contract, 'a limit above 10,000 is an invalid argument', async () => {
      const ShardIterator = await from(StreamName, { ShardIteratorType: 'TRIM_HORIZON' });
      await expect(client.send(new GetRecordsCommand({ ShardIterator, Limit: 10_000 }))).resolves.toBeDefined();
      await expect(client.send(new GetRecordsCommand({ ShardIterator, Limit: 10_001 }))).rejects.toMatchObject({
        name: 'InvalidArgumentException',
      });
    });

    documented(contract, 'an iterator that was never given is an invalid argument', async () => {
      const got = client.send(new GetRecordsCommand({ ShardIterator: 'bm90IGFuIGl0ZXJhdG9y' }));
      await expect(got).rejects.toMatchObject({ name: 'InvalidArgumentException' });
    });

    documented(contract, 'a sequence number that the shard never gave is an invalid argument', async () => {
      const start = { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: '12345' } as const;
      await expect(from(StreamName, start)).rejects.toMatchObject({ name: 'InvalidArgumentException' });
    });

    documented(contract, 'a sequence number or a time that the type needs must be given', async () => {
      for (const ShardIteratorType of ['AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER', 'AT_TIMESTAMP'] as const) {
        await expect(from(StreamName, { ShardIteratorType })).rejects.toMatchObject({
          name: 'InvalidArgumentException',
        });
      }
    });

    documented(contract, 'a shard that is not there is not found', async () => {
      const input = { StreamName, ShardId: 'shardId-000000000009', ShardIteratorType: 'LATEST' } as const;
      const got = client.send(new GetShardIteratorCommand(input));
      await expect(got).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    });
  });

  describe('following', () => {
    documented(contract, 'LATEST gives only what comes later', () =>
      withStream(client, 1, async (StreamName) => {
        await put(StreamName, 'before');
        const latest = await from(StreamName, { ShardIteratorType: 'LATEST' });
        await put(StreamName, 'after');
        expect((await readRecords(client, latest, 1)).map(textOf)).toEqual(['after']);
      }),
    );

    documented(contract, 'AT_TIMESTAMP behind the last record gives what comes later', () =>
      withStream(client, 1, async (StreamName) => {
        await put(StreamName, 'before');
        await sleep(GAP_MS);
        const start = await from(StreamName, { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date() });
        expect((await client.send(new GetRecordsCommand({ ShardIterator: start }))).Records).toEqual([]);
        await put(StreamName, 'after');
        expect((await readRecords(client, start, 1)).map(textOf)).toEqual(['after']);
      }),
    );

    documented(contract, 'an iterator of a deleted stream finds nothing', async () => {
      const StreamName = await createdStream(client, { ShardCount: 1 });
      const ShardIterator = await from(StreamName, { ShardIteratorType: 'TRIM_HORIZON' });
      await client.send(new DeleteStreamCommand({ StreamName }));
      await expect
        .poll(
          () =>
            client.send(new GetRecordsCommand({ ShardIterator })).then(
              () => '',
              (error: Error) => error.name,
            ),
          {
            timeout: 60_000,
          },
        )
        .toBe('ResourceNotFoundException');
    });
  });
}
