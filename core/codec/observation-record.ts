/**
 * The canonical log's records, field by field as `schemas/observation.proto` has them. Written out for this one message,
 * because a reading is encoded once and decoded twice or more on its way: this takes a quarter of the time that a codec
 * takes which goes by the message's description. The tests hold it against one that does, byte for byte.
 */

import type { Observation } from '../observation.ts';
import { refuse, type Refusal } from '../reason.ts';
import { OBSERVATIONS } from './observation-tags.ts';
import { readObservation } from './read-observation.ts';
import { WireReader } from '../wire/wire-reader.ts';
import { WireWriter } from '../wire/wire-writer.ts';
import { writeObservation } from './write-observation.ts';

export interface DecodedRecord {
  readonly ok: true;
  readonly observations: readonly Observation[];
}

const writer = new WireWriter();

/** One observation as the element of a record; its bytes are valid until the next one is encoded. */
export function encodeObservation(observation: Observation): Uint8Array {
  writer.reset();
  writeObservation(writer, observation);
  return writer.written();
}

/** Observations as a record of the `observations` stream. */
export function encodeObservationRecord(observations: readonly Observation[]): Uint8Array {
  writer.reset();
  for (const observation of observations) {
    const start = writer.open(OBSERVATIONS);
    writeObservation(writer, observation);
    writer.close(start);
  }
  return writer.finish();
}

/**
 * The observations of a record, in its order; `malformed` where the bytes are not one. Records one behind the other,
 * as the archive has them, read as one record: protobuf appends repeated fields. Flags of a later version are dropped.
 */
export function decodeObservationRecord(bytes: Uint8Array): DecodedRecord | Refusal {
  const observations: Observation[] = [];
  try {
    const reader = new WireReader(bytes);
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
      if (tag === OBSERVATIONS) {
        const end = reader.enter();
        const observation = readObservation(reader);
        reader.leave(end);
        if (!observation) return refuse('malformed', `observation ${observations.length} of the record is incomplete`);
        observations.push(observation);
      } else {
        reader.skip(tag);
      }
    }
  } catch (error) {
    return refuse('malformed', `not an observation record: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
  return observations.length > 0 ? { ok: true, observations } : refuse('malformed', 'a record without observations');
}
