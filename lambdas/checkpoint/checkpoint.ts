import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  CHECKPOINT_FORMAT,
  type CheckpointManifest,
  type CheckpointPart,
  manifestKey,
  partKey,
} from '../../core/archive/checkpoint.ts';
import { encodeTwinLine } from '../../core/archive/twin-line.ts';
import type { StoredTwin } from '../../core/ports.ts';

/**
 * Of a part before compression, which a reader takes as a whole; with a line beyond it, a twin of 400 KB as its text, it
 * stays below what the local cloud's S3 takes even if nothing can be compressed.
 */
export const PART_BYTES_MAX = 12 * 1024 * 1024;

/** Left of the function's time when it gives up: enough to say so. */
const GIVE_UP_MS = 15_000;

export interface CheckpointContext {
  /** The pages of one of the segments into which the table is divided; all segments together hold each twin once. */
  readonly segments: readonly AsyncIterable<readonly StoredTwin[]>[];
  readonly putObject: (key: string, bytes: Uint8Array) => Promise<void>;
  /** What came into the log longer ago than this has been merged, or will never be. */
  readonly logMarginMs: number;
  readonly nowMs: () => number;
  readonly remainingMs: () => number;
}

const compress = promisify(gzip);

/**
 * Writes all twins as a checkpoint and returns its manifest. Holds at most one part and one page of each segment. Throws
 * when the table or the bucket does not answer, and when the time that is left ends; then there is no manifest, and the
 * parts that were written do not count.
 */
export async function writeCheckpoint(context: CheckpointContext): Promise<CheckpointManifest> {
  const { segments, putObject, logMarginMs, nowMs } = context;
  const beganAtMs = nowMs();
  const parts: CheckpointPart[] = [];
  let partNumber = 0;

  const putPart = async (lines: readonly string[]): Promise<void> => {
    const key = partKey(beganAtMs, partNumber++);
    const bytes = await compress(lines.join('\n'));
    await putObject(key, bytes);
    parts.push({ key, twins: lines.length, bytes: bytes.length });
  };

  await Promise.all(segments.map((pages) => writeSegment(pages, putPart, context, parts)));
  const manifest: CheckpointManifest = {
    format: CHECKPOINT_FORMAT,
    beganAtMs,
    completedAtMs: nowMs(),
    logFromMs: beganAtMs - logMarginMs,
    twins: twinsIn(parts),
    parts,
  };
  await putObject(manifestKey(beganAtMs), Buffer.from(JSON.stringify(manifest)));
  return manifest;
}

async function writeSegment(
  pages: AsyncIterable<readonly StoredTwin[]>,
  putPart: (lines: readonly string[]) => Promise<void>,
  { remainingMs }: CheckpointContext,
  parts: readonly CheckpointPart[],
): Promise<void> {
  let lines: string[] = [];
  let bytes = 0;
  for await (const page of pages) {
    if (remainingMs() < GIVE_UP_MS) {
      throw new Error(`no time is left after ${twinsIn(parts)} twins: give the checkpoint function more memory`);
    }
    for (const stored of page) {
      const line = encodeTwinLine(stored);
      const lineBytes = Buffer.byteLength(line) + 1;
      if (bytes + lineBytes > PART_BYTES_MAX && lines.length > 0) {
        await putPart(lines);
        lines = [];
        bytes = 0;
      }
      lines.push(line);
      bytes += lineBytes;
    }
  }
  if (lines.length > 0) await putPart(lines);
}

function twinsIn(parts: readonly CheckpointPart[]): number {
  return parts.reduce((sum, { twins }) => sum + twins, 0);
}
