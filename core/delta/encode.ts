/**
 * The messages on a delta topic, field by field as `schemas/delta.proto` has them. Written out, because every twin that a
 * batch names is encoded once: a codec that goes by the message's description took half of the resolver's time. The
 * tests hold it against one that does, byte for byte.
 */

import { writeText, writeVarint } from '../codec/write-value.ts';
import { varintBytes, WireWriter } from '../wire/wire-writer.ts';
import type { Departure, TwinDelta } from './delta.ts';
import { DELTA_FORMAT, DELTAS, DEPARTURE, DEPARTURES, FORMAT } from './delta-tags.ts';
import { writeDelta } from './write-delta.ts';

/** A delta or a departure as the element of a message; its bytes are valid until the next one is encoded. */
export interface DeltaElement {
  readonly tag: typeof DELTAS | typeof DEPARTURES;
  readonly bytes: Uint8Array;
}

const writer = new WireWriter();

/** With its siblings, where it has the twin that they stand in. */
export function encodeDelta(delta: TwinDelta): DeltaElement {
  writer.reset();
  writeDelta(writer, delta);
  return { tag: DELTAS, bytes: writer.written() };
}

export function encodeDeparture({ assetId, version, resolvedAtMs, to }: Departure): DeltaElement {
  writer.reset();
  writeText(writer, DEPARTURE.assetId, assetId);
  writeVarint(writer, DEPARTURE.version, version);
  writeVarint(writer, DEPARTURE.resolvedAtMs, resolvedAtMs);
  writeText(writer, DEPARTURE.zone, to.zone);
  writeText(writer, DEPARTURE.tile, to.tile);
  return { tag: DEPARTURES, bytes: writer.written() };
}

/** What one element adds to a message, its tag and length included. */
export function elementBytes({ bytes }: DeltaElement): number {
  return TAG_BYTES + varintBytes(bytes.length) + bytes.length;
}

/** All fields of a message have numbers below 16, whose tags are one byte. */
const TAG_BYTES = 1;
/** Tag and value of the format. */
export const HEADER_BYTES = 2;

/** A `DeltaMessage` without elements yet. */
export function startDeltaMessage(): WireWriter {
  const message = new WireWriter();
  message.varint(FORMAT, DELTA_FORMAT);
  return message;
}

/** Copies an element into a message; fields of a message may stand in any order. */
export function addElement(message: WireWriter, { tag, bytes }: DeltaElement): void {
  message.bytes(tag, bytes);
}
