import { type KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis';

/** All shards of a stream, parents before children: a child's id is always the greater. */
export async function shardIds(kinesis: KinesisClient, streamName: string): Promise<string[]> {
  const ids: string[] = [];
  let token: string | undefined;
  do {
    const page = await kinesis.send(new ListShardsCommand(token ? { NextToken: token } : { StreamName: streamName }));
    ids.push(...(page.Shards ?? []).flatMap(({ ShardId: shardId }) => shardId ?? []));
    token = page.NextToken;
  } while (token);
  return ids.toSorted();
}
