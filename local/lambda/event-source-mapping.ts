import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import path from 'node:path';
import { localArn } from '../aws.ts';
import type { CreatedResource, TemplateResource } from '../cloudformation/resource-provider.ts';
import { type Checkpoints, openCheckpoints } from './checkpoints.ts';
import type { PutObject } from './failure-destination.ts';
import type { FunctionDefinition } from './function-definition.ts';
import type { InvokeResult } from './invocation.ts';
import { type MappingSettings, readMappingSettings, streamNameOf } from './mapping-settings.ts';
import { pause } from './pause.ts';
import { settleWithin } from './settle-within.ts';
import { laneOf, type ShardProgress, trackProgress } from './shard-lanes.ts';
import { pollShard } from './shard-poller.ts';
import { findStart, positionAt } from './starting-position.ts';
import type { StreamReader, StreamRecord } from './stream-reader.ts';

/** A shard that cannot be read is tried again after this. */
const READ_RETRY_MS = 1000;

/** An invocation that runs when the local cloud stops may end in this time; else its batch is repeated later. */
const STOP_TIMEOUT_MS = 3000;

export interface EventSourceMapping {
  readonly settings: MappingSettings;
  /**
   * Begins to read all shards. Gives how many invocations may run at a time. Throws when there is no such stream or a
   * shard cannot be read.
   */
  start(): Promise<number>;
  /** Takes no new batch, waits a little for those that run, and writes the checkpoints. */
  stop(): Promise<void>;
}

/** The function that a mapping calls. */
interface MappedFunction {
  readonly definition: Pick<FunctionDefinition, 'name' | 'arn' | 'roleArn'>;
  /** Takes the event as JSON text. */
  invoke(event: string): Promise<InvokeResult>;
}

export interface MappingOptions {
  readonly id: string;
  readonly settings: MappingSettings;
  readonly target: MappedFunction;
  readonly streams: StreamReader;
  readonly putObject: PutObject;
  /** Where the checkpoints of all mappings lie. */
  readonly directory: string;
  readonly log: (line: string) => void;
}

/** Polls a Kinesis stream for a function: as many readers a shard as `ParallelizationFactor` says, one checkpoint. */
export function createEventSourceMapping(options: MappingOptions): EventSourceMapping {
  const { id, settings, target, streams, putObject, directory } = options;
  const { definition } = target;
  const laneCount = settings.parallelizationFactor;
  const stream = streamNameOf(settings.streamArn);
  const log = (line: string): void => options.log(`${stream} -> ${definition.name}: ${line}`);
  const stopping = new AbortController();
  // Every lane listens, and Node would warn of the eleventh.
  setMaxListeners(0, stopping.signal);
  let checkpoints: Checkpoints | undefined;
  let running: Promise<unknown> = Promise.resolve();

  async function startShard(shardId: string, positions: Checkpoints): Promise<ShardProgress> {
    const checkpoint = positions.get(shardId) ?? (await findStart(streams, stream, shardId, settings.startingPosition));
    // Written at once, so that a mapping that began at the tip misses nothing that comes while it is stopped.
    positions.advance(shardId, checkpoint);
    return trackProgress(laneCount, positionAt(checkpoint), (position) => positions.advance(shardId, position));
  }

  async function runLane(shardId: string, lane: number, progress: ShardProgress): Promise<void> {
    const origin = { streamArn: settings.streamArn, shardId, roleArn: definition.roleArn };
    while (!stopping.signal.aborted) {
      const poller = {
        id,
        settings,
        functionArn: definition.arn,
        stream,
        streams,
        origin,
        putObject,
        log,
        position: progress.of(lane),
        takes: ({ partitionKey, data }: StreamRecord) =>
          (laneCount === 1 || laneOf(partitionKey, laneCount) === lane) && settings.accepts(data),
        advance: (sequenceNumber: string) => progress.advance(lane, sequenceNumber),
        invoke: (event: string) => target.invoke(event),
      };
      try {
        await pollShard(poller, stopping.signal);
      } catch (error) {
        log(`${shardId} cannot be read, trying again: ${String(error)}`);
        await pause(READ_RETRY_MS, stopping.signal);
      }
    }
  }

  return {
    settings,
    async start() {
      const shardIds = await streams.shardIds(stream);
      const positions = await openCheckpoints(path.join(directory, `${id}.json`), (error) =>
        log(`checkpoints were not written: ${String(error)}`),
      );
      checkpoints = positions;
      const lanes: Promise<void>[] = [];
      for (const shardId of shardIds) {
        const progress = await startShard(shardId, positions);
        lanes.push(...Array.from({ length: laneCount }, (_, lane) => runLane(shardId, lane, progress)));
      }
      running = Promise.all(lanes);
      return lanes.length;
    },
    async stop() {
      stopping.abort();
      await settleWithin(running, STOP_TIMEOUT_MS);
      await checkpoints?.close();
    },
  };
}

/** What the template's mapping becomes; its id stays the same as long as it joins the same stream and function. */
export function readMapping({ stackName, logicalId, properties }: TemplateResource): {
  readonly id: string;
  readonly settings: MappingSettings;
  readonly created: CreatedResource;
} {
  const settings = readMappingSettings(properties);
  const identity = [stackName, logicalId, settings.functionName, settings.streamArn].join('\n');
  const digits = createHash('sha256').update(identity).digest('hex');
  const id = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  return {
    id,
    settings,
    created: {
      ref: id,
      attributes: { Id: id, EventSourceMappingArn: localArn('lambda', `event-source-mapping:${id}`) },
    },
  };
}
