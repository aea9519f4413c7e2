/**
 * A checkpoint: all twins as they stood while a scan of their table went by, in gzipped parts of one line a twin
 * (`twin-line.ts`), and a manifest that is written last. Without its manifest a checkpoint does not count.
 *
 *     checkpoints/2026/11/21/03-00/part-0000-1795230000000.ndjson.gz
 *     checkpoints/2026/11/21/03-00/manifest.json
 *
 * A part carries the millisecond in which its scan began, so that two scans of one minute do not mix their parts.
 */

/** Of manifest and lines; another layout gets another number, and a reader refuses what it does not know. */
export const CHECKPOINT_FORMAT = 1;

export const CHECKPOINTS_PREFIX = 'checkpoints/';
const MANIFEST_NAME = '/manifest.json';

export interface CheckpointManifest {
  readonly format: number;
  /** When the scan began: whatever had been merged by then is in it. */
  readonly beganAtMs: number;
  /** When the scan had ended: nothing in it was received later, but for clocks that differ. */
  readonly completedAtMs: number;
  /** Join with it what came into the log from then on: what had come before is in it. */
  readonly logFromMs: number;
  readonly twins: number;
  readonly parts: readonly CheckpointPart[];
}

export interface CheckpointPart {
  readonly key: string;
  readonly twins: number;
  /** As it lies there, compressed. */
  readonly bytes: number;
}

export function partKey(beganAtMs: number, number: number): string {
  return `${prefixOf(beganAtMs)}/part-${String(number).padStart(4, '0')}-${beganAtMs}.ndjson.gz`;
}

export function manifestKey(beganAtMs: number): string {
  return `${prefixOf(beganAtMs)}${MANIFEST_NAME}`;
}

export function isManifestKey(key: string): boolean {
  return key.startsWith(CHECKPOINTS_PREFIX) && key.endsWith(MANIFEST_NAME);
}

/** Throws where the text is no manifest of a known format. */
export function parseManifest(text: string): CheckpointManifest {
  const manifest = JSON.parse(text) as CheckpointManifest;
  if (manifest.format !== CHECKPOINT_FORMAT) {
    throw new Error(`a checkpoint of format ${String(manifest.format)}, expected ${CHECKPOINT_FORMAT}`);
  }
  return manifest;
}

/** `checkpoints/yyyy/MM/dd/HH-mm`, in UTC. */
function prefixOf(beganAtMs: number): string {
  const [date = '', time = ''] = new Date(beganAtMs).toISOString().split('T');
  return `${CHECKPOINTS_PREFIX}${date.replaceAll('-', '/')}/${time.slice(0, 5).replace(':', '-')}`;
}
