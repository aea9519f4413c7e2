import type { AttributeValue, Position } from '../observation.ts';
import { POSITION } from '../schema/names.ts';
import type { Saying } from './cell.ts';
import type { FrameAttestation, FrameReading } from './frame.ts';

/** Fields, tags and lengths around the names and texts of a frame, at their longest. */
const HEADER_BYTES = 128;
const TWIN_BYTES = 12;
const READING_BYTES = 20;
const VALUE_BYTES = 28;
const SEEN_BYTES = 18;
const NAME_BYTES = 6;
const ATTESTATION_BYTES = 180;
/** A UTF-16 code unit has three bytes of UTF-8 at most. */
const UNIT_BYTES = 3;

export interface FrameLimits {
  readonly bytesMax: number;
  readonly readingsMax: number;
}

/** Gathers what goes into one frame: siblings of one dot become one reading, readings of one asset stand together. */
export interface Gatherer {
  /**
   * Takes what stands under one dot, wholly or not at all: false where it would not fit; the first always does. What is
   * signed changes no more.
   */
  add(sayings: readonly Saying[], attestation?: FrameAttestation): boolean;
  /** At most, as far as it is gathered. */
  bytes(): number;
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

  /** A name stands once in a frame. */
  const namesBytes = (wanted: ReadonlySet<string>): number =>
    [...wanted].reduce((sum, name) => sum + (names.has(name) ? 0 : name.length + NAME_BYTES), 0);

  return {
    add(sayings, attestation) {
      const [first] = sayings;
      if (!first) return true;
      const { assetId, assetType, sensor } = first.cell;
      const { stamp } = first.said;
      const dots = assets.get(assetId);
      const dot = `${sensor}/${stamp}`;
      const open = dots?.get(dot);
      if (open?.attestation) return true;
      const wanted = new Set([assetType, sensor, ...sayings.flatMap(namesOf)]);
      const around = (dots ? 0 : TWIN_BYTES + assetId.length) + (open ? 0 : READING_BYTES);
      const signed = attestation ? ATTESTATION_BYTES + attestation.keyId.length : 0;
      const added = around + signed + namesBytes(wanted) + sayings.reduce((sum, each) => sum + bytesOf(each), 0);
      const isFull = bytes + added > bytesMax || (!open && count === readingsMax);
      if (isFull && count > 0) return false;

      bytes += added;
      for (const name of wanted) names.add(name);
      const reading: OpenReading = open ?? {
        assetId,
        assetType,
        sensor,
        stamp,
        attributes: new Map(),
        seen: new Map(),
        ...(attestation && { attestation }),
      };
      if (!open) {
        count += 1;
        assets.set(assetId, (dots ?? new Map<string, OpenReading>()).set(dot, reading));
      }
      for (const each of sayings) put(reading, each);
      return true;
    },
    bytes: () => bytes,
    readings: () => [...assets.values()].flatMap((dots) => [...dots.values()]),
  };
}

function namesOf({ cell, said }: Saying): readonly string[] {
  return said.seen ? [cell.attribute, ...said.seen.keys()] : [cell.attribute];
}

function bytesOf({ said: { value, seen } }: Saying): number {
  return VALUE_BYTES + (typeof value === 'string' ? value.length * UNIT_BYTES : 0) + (seen?.size ?? 0) * SEEN_BYTES;
}

function put(reading: OpenReading, { cell, said: { value, seen } }: Saying): void {
  if (typeof value === 'object') reading.position = value;
  else reading.attributes.set(cell.attribute, value);
  if (seen) reading.seen.set(typeof value === 'object' ? POSITION : cell.attribute, seen);
}

/** Of a frame that holds nothing but this reading, at most. */
export function frameBytesOf({
  assetId,
  assetType,
  sensor,
  attributes,
  position,
  seen,
  attestation,
}: FrameReading): number {
  const nameBytes = (name: string): number => name.length + NAME_BYTES;
  let bytes = HEADER_BYTES + TWIN_BYTES + READING_BYTES + assetId.length + nameBytes(assetType) + nameBytes(sensor);
  for (const [name, value] of attributes) {
    bytes += nameBytes(name) + VALUE_BYTES + (typeof value === 'string' ? value.length * UNIT_BYTES : 0);
  }
  if (position) bytes += VALUE_BYTES;
  for (const dots of seen.values()) for (const each of dots.keys()) bytes += nameBytes(each) + SEEN_BYTES;
  return bytes + (attestation ? ATTESTATION_BYTES + attestation.keyId.length : 0);
}
