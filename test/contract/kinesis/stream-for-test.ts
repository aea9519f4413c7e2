import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateStreamCommand,
  type CreateStreamCommandInput,
  DeleteStreamCommand,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  type _Record as KinesisRecord,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis';

const WAIT_S_MAX = 120;
const READ_MS_MAX = 20_000;
const POLL_MS = 50;

export const SHARD_0 = 'shardId-000000000000';
export const SHARD_1 = 'shardId-000000000001';

export function freshName(): string {
  return `contract-${randomUUID()}`;
}

export async function createdStream(
  client: KinesisClient,
  options: Omit<CreateStreamCommandInput, 'StreamName'>,
  StreamName = freshName(),
): Promise<string> {
  await client.send(new CreateStreamCommand({ ...options, StreamName }));
  await waitUntilStreamExists({ client, maxWaitTime: WAIT_S_MAX, minDelay: 0.05, maxDelay: 2 }, { StreamName });
  return StreamName;
}

/** Gives the work a stream of its own. */
export async function withStream(
  client: KinesisClient,
  ShardCount: number,
  work: (StreamName: string) => Promise<void>,
): Promise<void> {
  const StreamName = await createdStream(client, { ShardCount });
  try {
    await work(StreamName);
  } finally {
    await client.send(new DeleteStreamCommand({ StreamName }));
  }
}

export async function iterator(client: KinesisClient, input: GetShardIteratorCommandInput): Promise<string> {
  const { ShardIterator } = await client.send(new GetShardIteratorCommand(input));
  if (ShardIterator === undefined) throw new Error('GetShardIterator gave no iterator');
  return ShardIterator;
}

/** Follows an iterator until it gave that many records: a GetRecords may return none while there are some. */
export async function readRecords(
  client: KinesisClient,
  from: string,
  count: number,
  Limit?: number,
): Promise<KinesisRecord[]> {
  const giveUpAtMs = Date.now() + READ_MS_MAX;
  const records: KinesisRecord[] = [];
  let ShardIterator: string | undefined = from;
  while (records.length < count && ShardIterator !== undefined && Date.now() < giveUpAtMs) {
    const page: GetRecordsCommandOutput = await client.send(
      new GetRecordsCommand({ ShardIterator, ...(Limit && { Limit }) }),
    );
    records.push(...(page.Records ?? []));
    ShardIterator = page.NextShardIterator;
    if (page.Records?.length === 0) await sleep(POLL_MS);
  }
  return records;
}

export function textOf(record: KinesisRecord): string {
  return Buffer.from(record.Data ?? []).toString();
}
