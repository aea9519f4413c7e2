import { gunzipSync } from 'node:zlib';
import { CALIBRATIONS_PREFIX, decodeRecordLine, windowPrefix } from '../../core/calibration/archived-records.ts';
import { calibrationOf } from '../../core/calibration/record.ts';
import { WINDOW_MS } from '../../core/calibration/window.ts';
import { type Calibration, type Evidence, NO_EVIDENCE } from '../../core/twin/evidence.ts';
import type { Twin } from '../../core/twin/twin.ts';
import type { ArchiveStore } from './archive-store.ts';
import { OBJECT_BYTES_MAX } from './read-object.ts';

/** What a twin was resolved with at an instant, beside its registers. */
export type EvidenceOf = (twin: Pick<Twin, 'assetId'>) => Evidence;

/** A window's records are of the sources that spoke in it; those of a source that was silent for longer are left out. */
const SILENCE_MAX_MS = 7 * 24 * WINDOW_MS;

interface Known {
  readonly windowEndMs: number;
  readonly calibration: Calibration;
}

/**
 * The evidence as it was at `asOfMs`: of each attribute the calibration record of the newest window whose file had been
 * written by then. Reviews are not archived, so a twin is resolved as if none had been open. All records are in memory,
 * some kilobyte an asset and attribute.
 */
export async function evidenceAt(archive: ArchiveStore, asOfMs: number): Promise<EvidenceOf> {
  const known = new Map<string, Map<string, Known>>();
  const firstEndMs = Math.max(0, Math.floor((asOfMs - SILENCE_MAX_MS) / WINDOW_MS) * WINDOW_MS);
  for await (const { key, writtenAtMs } of archive.list(CALIBRATIONS_PREFIX, windowPrefix(firstEndMs))) {
    if (writtenAtMs > asOfMs) continue;
    for (const line of linesIn(await archive.read(key))) {
      const record = decodeRecordLine(line);
      const { assetId, attribute, windowEndMs } = record;
      const ofAsset = known.get(assetId) ?? new Map<string, Known>();
      known.set(assetId, ofAsset);
      if (windowEndMs >= (ofAsset.get(attribute)?.windowEndMs ?? 0)) {
        ofAsset.set(attribute, { windowEndMs, calibration: calibrationOf(record) });
      }
    }
  }
  return ({ assetId }) => {
    const ofAsset = known.get(assetId);
    if (ofAsset === undefined) return NO_EVIDENCE;
    const calibrations = new Map([...ofAsset].map(([attribute, { calibration }]) => [attribute, calibration]));
    return { ...NO_EVIDENCE, calibrations };
  };
}

/** A file may be empty: a window in which nobody spoke. */
function linesIn(bytes: Uint8Array): string[] {
  const text = gunzipSync(bytes, { maxOutputLength: OBJECT_BYTES_MAX }).toString('utf8');
  return text === '' ? [] : text.split('\n');
}
