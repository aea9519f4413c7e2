import {
  writeDouble,
  writeFixed64,
  writePosition,
  writeScalar,
  writeText,
  writeValue,
  writeVarint,
} from '../codec/write-value.ts';
import { POSITION } from '../schema/names.ts';
import type { Evidence, SourceCalibration } from '../twin/evidence.ts';
import type { ResolvedAttribute, ResolvedPosition } from '../twin/resolve.ts';
import { sortedKeys } from '../twin/sorted.ts';
import type { Register, Sibling, Twin } from '../twin/twin.ts';
import type { WireWriter } from '../wire/wire-writer.ts';
import type { TwinDelta } from './delta.ts';
import {
  ATTRIBUTE,
  CALIBRATION,
  DELTA,
  QUALITIES,
  RESOLVED,
  RESOLVED_POSITION,
  REVIEW,
  SIBLING,
  SOURCE_CALIBRATION,
  USUAL,
} from './delta-tags.ts';

/**
 * A `TwinDelta`, with its siblings where it has the twin that they stand in. As proto3 has it: in order of the fields'
 * numbers, and what is 0 or empty is left out.
 */
export function writeDelta(writer: WireWriter, { version, resolved, twin, evidence }: TwinDelta): void {
  writeText(writer, DELTA.assetId, resolved.assetId);
  writeText(writer, DELTA.assetType, resolved.assetType);
  writeText(writer, DELTA.zone, resolved.zone);
  writeVarint(writer, DELTA.registered, Number(resolved.registered));
  writeVarint(writer, DELTA.version, version);
  writeVarint(writer, DELTA.resolvedAtMs, resolved.resolvedAtMs);
  if (resolved.validUntilMs !== null) writer.varint(DELTA.validUntilMs, resolved.validUntilMs);
  const { attributes, position } = resolved;
  if (twin) {
    const names = sortedKeys(twin.registers);
    const places = placesOf(twin, names, evidence);
    for (const source of places.keys()) writer.text(DELTA.sources, source);
    for (const name of names) {
      const register = twin.registers.get(name) ?? NO_SIBLINGS;
      if (name !== POSITION && hasSibling(register)) {
        const start = openAttribute(writer, name, register, attributes.get(name), places, evidence);
        if (evidence) writeEvidence(writer, name, evidence, register, places);
        writer.close(start);
      }
    }
    const positions = twin.registers.get(POSITION) ?? NO_SIBLINGS;
    writeSiblings(writer, DELTA.positionSiblings, positions, places, awaitsOthers(POSITION, positions, evidence));
    if (position) writeResolvedPosition(writer, position, places);
  } else {
    for (const [name, attribute] of attributes) {
      writer.close(openAttribute(writer, name, NO_SIBLINGS, attribute, NO_PLACES));
    }
    if (position) writeResolvedPosition(writer, position, NO_PLACES);
    writer.varint(DELTA.abridged, 1);
  }
}

/** Source → its place in the list by which siblings and resolved values name it; an abridged delta has no list. */
type Places = ReadonlyMap<string, number>;

const NO_PLACES: Places = new Map();
const NO_SIBLINGS: Register = new Map();

/** In the order in which the registers' entries name them. */
function placesOf({ registers }: Twin, names: readonly string[], evidence: Evidence | undefined): Places {
  const places = new Map<string, number>();
  for (const name of names) {
    const register = registers.get(name) ?? NO_SIBLINGS;
    const isAwaiting = awaitsOthers(name, register, evidence);
    for (const [source, { sibling }] of register) {
      if ((sibling || isAwaiting) && !places.has(source)) places.set(source, places.size);
    }
  }
  return places;
}

/** Beside a decision or a review, what was superseded matters: whether those sources have been heard since. */
function awaitsOthers(name: string, register: Register, evidence: Evidence | undefined): boolean {
  if (evidence?.reviews.has(name)) return hasSibling(register);
  for (const { sibling } of register.values()) if (sibling?.validUntilMs !== undefined) return true;
  return false;
}

function hasSibling(register: Register): boolean {
  for (const { sibling } of register.values()) if (sibling) return true;
  return false;
}

/** To be closed by the caller, at what it returns. */
function openAttribute(
  writer: WireWriter,
  name: string,
  register: Register,
  resolved: ResolvedAttribute | undefined,
  places: Places,
  evidence?: Evidence,
): number {
  const start = writer.open(DELTA.attributes);
  writeText(writer, ATTRIBUTE.name, name);
  writeSiblings(writer, ATTRIBUTE.siblings, register, places, awaitsOthers(name, register, evidence));
  if (resolved) writeResolved(writer, resolved, places);
  return start;
}

function writeEvidence(
  writer: WireWriter,
  name: string,
  { calibrations, reviews }: Evidence,
  register: Register,
  places: Places,
): void {
  const calibration = calibrations.get(name);
  if (calibration) {
    const start = writer.open(ATTRIBUTE.calibration);
    writeText(writer, CALIBRATION.version, calibration.version);
    for (const [source, { bias, sigma, usual }] of calibration.sources) {
      if (!register.get(source)?.sibling) continue;
      const entry = writer.open(CALIBRATION.sources);
      writeVarint(writer, SOURCE_CALIBRATION.source, places.get(source) ?? 0);
      writeDouble(writer, SOURCE_CALIBRATION.bias, bias);
      writeDouble(writer, SOURCE_CALIBRATION.sigma, sigma);
      if (usual) writeUsual(writer, usual);
      writer.close(entry);
    }
    writer.close(start);
  }
  const review = reviews.get(name);
  if (review) {
    const start = writer.open(ATTRIBUTE.review);
    writeText(writer, REVIEW.id, review.id);
    writeVarint(writer, REVIEW.onsetMs, review.onsetMs);
    if (review.openedAtMs !== undefined) writer.varint(REVIEW.openedAtMs, review.openedAtMs);
    writer.close(start);
  }
}

function writeUsual(writer: WireWriter, { level, spread }: NonNullable<SourceCalibration['usual']>): void {
  const start = writer.open(SOURCE_CALIBRATION.usual);
  writeDouble(writer, USUAL.level, level);
  writeDouble(writer, USUAL.spread, spread);
  writer.close(start);
}

function writeSiblings(writer: WireWriter, tag: number, register: Register, places: Places, isAwaiting: boolean): void {
  for (const [source, { stamp, sibling }] of register) {
    const place = places.get(source) ?? 0;
    if (sibling) {
      writeSibling(writer, tag, place, stamp, sibling);
    } else if (isAwaiting) {
      const start = writer.open(tag);
      writeVarint(writer, SIBLING.source, place);
      writeFixed64(writer, SIBLING.stamp, stamp);
      writer.close(start);
    }
  }
}

function writeSibling(
  writer: WireWriter,
  tag: number,
  place: number,
  stamp: bigint,
  { value, receivedAtMs, flags, validUntilMs }: Sibling,
): void {
  const start = writer.open(tag);
  writeVarint(writer, SIBLING.source, place);
  writeFixed64(writer, SIBLING.stamp, stamp);
  writeVarint(writer, SIBLING.receivedAtMs, receivedAtMs);
  if (typeof value === 'object') writePosition(writer, SIBLING.position, value);
  else writeScalar(writer, SIBLING.value, value);
  for (const flag of flags) writer.text(SIBLING.flags, flag);
  if (validUntilMs !== undefined) writer.varint(SIBLING.validUntilMs, validUntilMs);
  writer.close(start);
}

function writeResolved(writer: WireWriter, attribute: ResolvedAttribute, places: Places): void {
  const { value, unit = '', observedAtMs, sources, quality, flags, validUntilMs } = attribute;
  const start = writer.open(ATTRIBUTE.resolved);
  if (typeof value !== 'object') writeValue(writer, RESOLVED.value, value);
  writeText(writer, RESOLVED.unit, unit);
  writeVarint(writer, RESOLVED.observedAtMs, observedAtMs);
  if (places.size > 0) {
    writer.packed(
      RESOLVED.sources,
      sources.map((source) => places.get(source) ?? 0),
    );
  }
  writer.varint(RESOLVED.quality, QUALITIES.indexOf(quality));
  for (const flag of flags) writer.text(RESOLVED.flags, flag);
  if (validUntilMs !== null) writer.varint(RESOLVED.validUntilMs, validUntilMs);
  if (typeof value === 'object') for (const member of value) writeValue(writer, RESOLVED.members, member);
  writer.close(start);
}

function writeResolvedPosition(
  writer: WireWriter,
  { value, observedAtMs, source }: ResolvedPosition,
  places: Places,
): void {
  const start = writer.open(DELTA.position);
  writePosition(writer, RESOLVED_POSITION.value, value);
  writeVarint(writer, RESOLVED_POSITION.observedAtMs, observedAtMs);
  const place = places.get(source);
  if (place !== undefined) writer.varint(RESOLVED_POSITION.source, place);
  writer.close(start);
}
