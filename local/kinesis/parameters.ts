import { LOCAL_ACCOUNT } from '../aws.ts';
import { type Field, required, text, unsupported } from './input.ts';
import { Refusal } from './refusal.ts';
import type { Shard, Stream } from './stream.ts';
import { streamArn } from './stream.ts';
import type { Streams } from './streams.ts';

/** Parameters that several operations share, with the constraints of the API reference. */
export const streamName = text({ lengthMax: 128, pattern: /^[a-zA-Z0-9_.-]+$/ });
export const shardId = text({ lengthMax: 128, pattern: /^[a-zA-Z0-9_.-]+$/ });
export const sequenceNumberText = text({ lengthMax: 60, pattern: /^(?:0|[1-9]\d*)$/ });

const arn = text({ lengthMax: 2048, pattern: /^arn:aws[^:]*:kinesis:[^:]+:\d{12}:stream\/\S+$/ });

/** By which an operation is told its stream; give either or both. */
export const streamReference = { StreamName: streamName, StreamARN: arn, StreamId: unsupported() } satisfies Record<
  string,
  Field<unknown>
>;

export const requiredShardId = required(shardId);

interface StreamReference {
  readonly StreamName: string | undefined;
  readonly StreamARN: string | undefined;
}

/** The stream that a request means, or why there is none. */
export function locateStream(streams: Streams, { StreamName, StreamARN }: StreamReference): Stream | Refusal {
  const nameInArn = StreamARN?.slice(StreamARN.indexOf('/') + 1);
  if (StreamName !== undefined && nameInArn !== undefined && StreamName !== nameInArn) {
    return new Refusal('InvalidArgumentException', `StreamName ${StreamName} and StreamARN ${StreamARN} differ.`);
  }
  const name = StreamName ?? nameInArn;
  if (name === undefined) {
    return new Refusal('InvalidArgumentException', 'Either StreamName or StreamARN must be given.');
  }
  const stream = streams.find(name);
  if (!stream || (StreamARN !== undefined && StreamARN !== streamArn(stream))) {
    const wanted = StreamARN ?? name;
    return new Refusal('ResourceNotFoundException', `Stream ${wanted} under account ${LOCAL_ACCOUNT} not found.`);
  }
  return stream;
}

export function locateShard(stream: Stream, id: string): Shard | Refusal {
  return (
    stream.shards.find((shard) => shard.id === id) ??
    new Refusal('ResourceNotFoundException', `Shard ${id} in stream ${stream.description.name} not found.`)
  );
}
