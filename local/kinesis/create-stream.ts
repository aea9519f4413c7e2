import { integer, object, oneOf, readInput, required, textMap, unsupported } from './input.ts';
import type { Operation } from './operation.ts';
import { streamName } from './parameters.ts';
import { Refusal } from './refusal.ts';
import { RETENTION_HOURS_MIN } from './retention-period.ts';
import type { StreamDescription, StreamMode } from './stream.ts';

/** What an on-demand stream begins with. */
const ON_DEMAND_SHARDS = 4;
/** A quota of ours, low enough for a process's open files; an account's is higher. */
const SHARDS_MAX = 500;

export const RECORD_KIB_MIN = 1024;
export const RECORD_KIB_MAX = 10_240;
const TAGS_MAX = 50;

export const streamModeDetails = object({ StreamMode: required(oneOf('ON_DEMAND', 'PROVISIONED')) });

const fields = {
  StreamName: required(streamName),
  ShardCount: integer(1, Number.MAX_SAFE_INTEGER),
  StreamModeDetails: streamModeDetails,
  MaxRecordSizeInKiB: integer(RECORD_KIB_MIN, RECORD_KIB_MAX),
  Tags: textMap(TAGS_MAX),
  WarmThroughputMiBps: unsupported(),
  RecordDistributionStrategy: unsupported('USER_PARTITION_KEY'),
};

/** The stream is ACTIVE when the answer comes; AWS answers first and creates for some seconds. */
export const createStream: Operation = async (streams, input) => {
  const read = readInput(input, fields);
  if (read instanceof Refusal) return read;
  const mode = read.StreamModeDetails?.StreamMode ?? 'PROVISIONED';
  const shardCount = shardCountOf(mode, read.ShardCount);
  if (shardCount instanceof Refusal) return shardCount;

  const created = await streams.create({
    ...newStream(read.StreamName, mode, shardCount),
    maxRecordKiB: read.MaxRecordSizeInKiB ?? RECORD_KIB_MIN,
    tags: read.Tags ?? {},
  });
  return created instanceof Refusal ? created : {};
};

/** A stream as CreateStream makes it where nothing else is said. */
export function newStream(name: string, mode: StreamMode, shardCount: number): Omit<StreamDescription, 'createdAtMs'> {
  return {
    name,
    mode,
    shardCount,
    retentionHours: RETENTION_HOURS_MIN,
    maxRecordKiB: RECORD_KIB_MIN,
    encryption: { type: 'NONE' },
    tags: {},
  };
}

/** How many shards a stream of that mode gets, or why it cannot get as many as asked for. */
export function shardCountOf(mode: StreamMode, asked: number | undefined): number | Refusal {
  if (mode === 'ON_DEMAND') {
    return asked === undefined
      ? ON_DEMAND_SHARDS
      : new Refusal('InvalidArgumentException', 'ShardCount must not be given for an on-demand stream.');
  }
  if (asked === undefined) {
    return new Refusal('InvalidArgumentException', 'ShardCount must be given for a provisioned stream.');
  }
  return asked <= SHARDS_MAX
    ? asked
    : new Refusal('LimitExceededException', `ShardCount ${asked} is larger than the ${SHARDS_MAX} allowed here.`);
}
