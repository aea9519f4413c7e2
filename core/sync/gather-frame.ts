import type { AttributeValue, Position } from '../observation.ts';
import { POSITION } from '../schema/names.ts';
import type { Cell, Said } from './cell.ts';
import type { FrameReading } from './frame.ts';

/** Fields, tags and lengths around the names and texts of a frame, at their longest. */
const HEADER_BYTES = 128;
const TWIN_BYTES = 12;
const READING_BYTES = 20;
const VALUE_BYTES = 28;
const SEEN_BYTES = 18;
const NAME_BYTES = 6;
/** A UTF-16 code unit has three bytes of UTF-8 at most. */
const UNIT_BYTES = 3;

export interface FrameLimits {
  readonly bytesMax: number;
  readonly readingsMax: number;
}

/** Gathers what goes into one frame: siblings of one dot become one reading, readings of one asset stand together. */
export interface Gatherer {
  /** False where it would not fit; the first always does. */
  add(cell: Cell, said: Said): boolean;
  readings(): readonly FrameReading[];
}

interface OpenReading extends FrameReading {
  readonly attributes: Map<string, AttributeValue>;
  position?: Position;
  readonly seen: Map<string, ReadonlyMap<string, bigint>>;
}

export function createGatherer({ bytesMax, readingsMax }: FrameLimits): Gatherer {
  /** Asset → dot → reading. */
  const assets = new Map<string, Map<string, OpenReading>>();
  const names = new Set<string>();
  let bytes = HEADER_BYTES;
  let count = 0;

  const nameBytes = (name: string): number => (names.has(name) ? 0 : name.length + NAME_BYTES);

  return {
    add(cell, { stamp, value, seen }) {
      const { assetId, assetType, attribute, sensor } = cell;
      const dots = assets.get(assetId);
      const dot = `${sensor}/${stamp}`;
      const open = dots?.get(dot);
      const fresh = VALUE_BYTES + (typeof value === 'string' ? value.length * UNIT_BYTES : 0) + nameBytes(attribute);
      const around = (dots ? 0 : TWIN_BYTES + assetId.length + nameBytes(assetType)) + (open ? 0 : READING_BYTES);
      const seenBytes = [...(seen?.keys() ?? [])].reduce((sum, each) => sum + SEEN_BYTES + nameBytes(each), 0);
      const added = fresh + around + seenBytes + nameBytes(sensor);
      const isFull = bytes + added > bytesMax || (!open && count === readingsMax);
      if (isFull && count > 0) return false;

      bytes += added;
      for (const each of [assetType, sensor, attribute, ...(seen?.keys() ?? [])]) names.add(each);
      const reading: OpenReading = open ?? {
        assetId,
        assetType,
        sensor,
        stamp,
        attributes: new Map(),
        seen: new Map(),
      };
      if (!open) {
        count += 1;
        assets.set(assetId, (dots ?? new Map<string, OpenReading>()).set(dot, reading));
      }
      if (typeof value === 'object') reading.position = value;
      else reading.attributes.set(attribute, value);
      if (seen) reading.seen.set(typeof value === 'object' ? POSITION : attribute, seen);
      return true;
    },
    readings: () => [...assets.values()].flatMap((dots) => [...dots.values()]),
  };
}
