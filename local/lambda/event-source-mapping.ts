import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import path from 'node:path';
import { localArn } from '../aws.ts';
import type { CreatedResource, TemplateResource } from '../cloudformation/resource-provider.ts';
import { readBatch } from './batch-reader.ts';
import { type Checkpoints, openCheckpoints } from './checkpoints.ts';
import type { InvokeResult } from './invocation.ts';
import { listUnhonoured, type MappingSettings, readMappingSettings, streamNameOf } from './mapping-settings.ts';
import { pause } from './pause.ts';
import { pollShard, type ShardPollerOptions } from './shard-poller.ts';
import type { StreamReader } from './stream-reader.ts';

/** A shard that cannot be read is tried again after this. */
const READ_RETRY_MS = 1000;

/** An invocation that runs when the local cloud stops may end in this time; else its batch is repeated later. */
const STOP_TIMEOUT_MS = 3000;

export interface EventSourceMapping {
  readonly settings: MappingSettings;
  /** Begins to read all shards. Gives their number. Throws when there is no such stream. */
  start(): Promise<number>;
  /** Takes no new batch, waits a little for those that run, and writes the checkpoints. */
  stop(): Promise<void>;
}

/** The function that a mapping calls. */
interface MappedFunction {
  readonly name: string;
  readonly roleArn: string;
  /** Takes the event as JSON text. */
  invoke(event: string): Promise<InvokeResult>;
}

export interface MappingOptions {
  readonly id: string;
  readonly settings: MappingSettings;
  readonly target: MappedFunction;
  readonly streams: StreamReader;
  /** Where the checkpoints of all mappings lie. */
  readonly directory: string;
  readonly log: (line: string) => void;
}

/** Polls a Kinesis stream for a function: one reader a shard, each with its checkpoint. */
export function createEventSourceMapping(options: MappingOptions): EventSourceMapping {
  const { id, settings, target, streams, directory } = options;
  const stream = streamNameOf(settings.streamArn);
  const log = (line: string): void => options.log(`${stream} -> ${target.name}: ${line}`);
  const stopping = new AbortController();
  // Every shard listens, and Node would warn of the eleventh.
  setMaxListeners(0, stopping.signal);
  let checkpoints: Checkpoints | undefined;
  let running: Promise<unknown> = Promise.resolve();

  async function run(shardId: string, positions: Checkpoints): Promise<void> {
    while (!stopping.signal.aborted) {
      const poller: ShardPollerOptions = {
        settings,
        stream,
        streams,
        log,
        origin: { streamArn: settings.streamArn, shardId, roleArn: target.roleArn },
        position: positionOf(positions.get(shardId)),
        advance: (sequenceNumber) => positions.advance(shardId, sequenceNumber),
        invoke: (event) => target.invoke(event),
      };
      try {
        const begun = await fromStartingPosition(poller, positions.get(shardId), stopping.signal);
        await pollShard(begun, stopping.signal);
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
      running = Promise.all(shardIds.map((shardId) => run(shardId, positions)));
      return shardIds.length;
    },
    async stop() {
      stopping.abort();
      const stopped = new AbortController();
      await Promise.race([running.finally(() => stopped.abort()), pause(STOP_TIMEOUT_MS, stopped.signal)]);
      await checkpoints?.close();
    },
  };
}

/** The checkpoint of a shard that was empty when its mapping began at its tip: all that has come since is wanted. */
const EMPTY_SHARD = 'EMPTY';

function positionOf(checkpoint: string | undefined): string | undefined {
  return checkpoint === EMPTY_SHARD ? undefined : checkpoint;
}

/** A mapping that is new and starts at LATEST begins behind what the shard holds now. */
async function fromStartingPosition(
  poller: ShardPollerOptions,
  checkpoint: string | undefined,
  signal: AbortSignal,
): Promise<ShardPollerOptions> {
  if (checkpoint !== undefined || poller.settings.startingPosition === 'TRIM_HORIZON') {
    return poller;
  }
  let position: string | undefined;
  const everything = { ...poller, settings: { ...poller.settings, batchSize: 10_000, batchingWindowMs: 0 } };
  for (;;) {
    const skipped = (await readBatch(everything, position, signal)).at(-1);
    if (skipped === undefined) {
      poller.advance(position ?? EMPTY_SHARD);
      return { ...poller, position };
    }
    position = skipped.sequenceNumber;
  }
}

/** What the template's mapping becomes; its id stays the same as long as it joins the same stream and function. */
export function readMapping({ stackName, logicalId, properties }: TemplateResource): {
  readonly id: string;
  readonly settings: MappingSettings;
  readonly unhonoured: readonly string[];
  readonly created: CreatedResource;
} {
  const settings = readMappingSettings(properties);
  const identity = [stackName, logicalId, settings.functionName, settings.streamArn].join('\n');
  const digits = createHash('sha256').update(identity).digest('hex');
  const id = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  return {
    id,
    settings,
    unhonoured: listUnhonoured(properties),
    created: {
      ref: id,
      attributes: { Id: id, EventSourceMappingArn: localArn('lambda', `event-source-mapping:${id}`) },
    },
  };
}
