import { hourOf, hourPrefix, LOG_PREFIX, type LogWindow, mayHold } from '../../core/archive/archived-log.ts';
import {
  type CheckpointManifest,
  CHECKPOINTS_PREFIX,
  isManifestKey,
  parseManifest,
} from '../../core/archive/checkpoint.ts';
import type { ArchivedObject, ArchiveStore } from './archive-store.ts';

/**
 * Firehose writes the records of a shard in their order, but nobody says how far one shard may be ahead of another. The
 * tail is read from so much before the newest object's hour: twelve times as long as Firehose gathers.
 */
const ARCHIVE_LAG_MAX_MS = 3_600_000;

/** What is to be rebuilt; all times by the receipt of observations. */
export interface Wanted {
  /** From empty and from then on, instead of from a checkpoint. */
  readonly fromMs?: number;
  /** To before then; likewise from empty. */
  readonly toMs?: number;
  /** With a checkpoint, as far as had been received then. */
  readonly asOfMs?: number;
  /** Only from a checkpoint that was complete by then, so that more of the log is joined. */
  readonly checkpointUntilMs?: number;
}

export interface Plan {
  /** Undefined where it is from empty. */
  readonly checkpoint: CheckpointManifest | undefined;
  /** By receipt: which observations count. */
  readonly received: LogWindow;
  /** By arrival in the log: where such observations may be. */
  readonly came: LogWindow;
  readonly objects: readonly ArchivedObject[];
  /** From when on the stream must tell what the archive may not hold yet; undefined where that is not asked for. */
  readonly tailFromMs: number | undefined;
}

/**
 * @param retentionMs how long the stream keeps a record. A reading may wait as long before it comes into the log, and so
 * may an observation before it comes into the archive.
 */
export async function planRebuild(archive: ArchiveStore, wanted: Wanted, retentionMs: number): Promise<Plan> {
  const { fromMs, toMs, asOfMs } = wanted;
  const isPartial = fromMs !== undefined || toMs !== undefined;
  const checkpoint = isPartial ? undefined : await newestCheckpoint(archive, wanted);
  // "Up to then" holds what was received in that very millisecond.
  const received = { fromMs: fromMs ?? 0, toMs: toMs ?? (asOfMs === undefined ? Infinity : asOfMs + 1) };
  const came = { fromMs: checkpoint?.logFromMs ?? received.fromMs, toMs: received.toMs + retentionMs };

  const objects: ArchivedObject[] = [];
  let reachedMs = came.fromMs;
  for await (const object of archive.list(LOG_PREFIX, hourPrefix(Math.max(0, came.fromMs - retentionMs)))) {
    reachedMs = Math.max(reachedMs, (hourOf(object.key) ?? 0) - ARCHIVE_LAG_MAX_MS);
    if (mayHold(object, came)) objects.push(object);
  }
  return { checkpoint, received, came, objects, tailFromMs: reachedMs < came.toMs ? reachedMs : undefined };
}

/** The newest that was complete when it had to be. Throws where it is of a format that this version does not know. */
async function newestCheckpoint(
  archive: ArchiveStore,
  { asOfMs = Infinity, checkpointUntilMs = Infinity }: Wanted,
): Promise<CheckpointManifest | undefined> {
  const keys: string[] = [];
  for await (const { key } of archive.list(CHECKPOINTS_PREFIX)) if (isManifestKey(key)) keys.push(key);
  for (const key of keys.toReversed()) {
    const manifest = parseManifest(Buffer.from(await archive.read(key)).toString('utf8'));
    if (manifest.completedAtMs <= Math.min(asOfMs, checkpointUntilMs)) return manifest;
  }
  return undefined;
}
