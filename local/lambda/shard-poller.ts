import { listenForAppends } from './appends.ts';
import { type BatchProcessing, processBatch } from './batch-processing.ts';
import { type BatchSource, readBatch } from './batch-reader.ts';

export interface ShardPollerOptions extends BatchSource, BatchProcessing {
  readonly settings: BatchSource['settings'] & BatchProcessing['settings'];
  /** The last sequence number done; undefined to begin at the oldest record. */
  readonly position: string | undefined;
}

/**
 * After an invocation the next batch fills for as long as that took, at most this. So a shard keeps its function busy
 * for half of the time until batches are large: where many readers share two cores, small batches cost more than they
 * save. An invocation is short while the load is, and then nobody waits for this.
 */
const REST_MS_MAX = 30;

/**
 * Reads one shard in order and hands what it takes of it to the function batch by batch, one at a time, until `signal`
 * is aborted. While an invocation runs, and as long again, the next batch fills, so batches grow with the load. Rejects
 * when the stream cannot be read.
 */
export async function pollShard(options: ShardPollerOptions, signal: AbortSignal): Promise<void> {
  const { streams, stream, origin, advance } = options;
  const appends = listenForAppends((listener) => streams.onAppend(stream, origin.shardId, listener), signal);
  let { position } = options;
  let notBeforeMs = 0;
  try {
    while (!signal.aborted) {
      const batch = await readBatch(options, { position, notBeforeMs }, appends, signal);
      if (batch.position === undefined || batch.position === position) {
        await appends.next();
        continue;
      }
      if (batch.passed !== undefined) {
        advance(batch.passed);
      }
      const startedMs = Date.now();
      if (await processBatch(options, batch.records, signal)) {
        position = batch.position;
        advance(position);
      }
      const endedMs = Date.now();
      notBeforeMs = endedMs + Math.min(endedMs - startedMs, REST_MS_MAX);
    }
  } finally {
    appends.stop();
  }
}
