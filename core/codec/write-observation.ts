import type { AttributeValue, Context, Observation, Position } from '../observation.ts';
import {
  ALTITUDE,
  ASSET_ID,
  ASSET_TYPE,
  ATTESTATION,
  ATTESTATIONS,
  ATTRIBUTES,
  CLIENT_ID,
  CONTEXT_STAMPS,
  COUNT,
  ENTRY_FIXED64,
  ENTRY_KEY,
  ENTRY_MESSAGE,
  FLAGS,
  KIND,
  KINDS,
  LATITUDE,
  LONGITUDE,
  OBSERVED_AT_MS,
  POSITION,
  READING_ID,
  RECEIVED_AT_MS,
  SCHEMA,
  SEEN,
  SOURCE,
  STAMP,
  VALUE_BOOLEAN,
  VALUE_NUMBER,
  VALUE_TEXT,
  ZONE,
} from './observation-tags.ts';
import type { WireWriter } from './wire-writer.ts';

/** As proto3 has it: in order of the fields' numbers, and what is 0 or empty is left out. */
export function writeObservation(writer: WireWriter, observation: Observation): void {
  writeText(writer, READING_ID, observation.readingId);
  writeVarint(writer, COUNT, observation.count);
  writeVarint(writer, KIND, KINDS.indexOf(observation.kind));
  writeText(writer, CLIENT_ID, observation.clientId);
  for (const flag of observation.flags) writer.text(FLAGS, flag);
  writeText(writer, ASSET_ID, observation.assetId);
  writeText(writer, ASSET_TYPE, observation.assetType);
  writeText(writer, ZONE, observation.zone);
  writeText(writer, SOURCE, observation.source);
  if (observation.stamp !== 0n) writer.fixed64(STAMP, observation.stamp);
  for (const [attribute, context] of observation.seen) writeSeen(writer, attribute, context);
  writeVarint(writer, OBSERVED_AT_MS, observation.observedAtMs);
  writeVarint(writer, RECEIVED_AT_MS, observation.receivedAtMs);
  if (observation.position) writePosition(writer, observation.position);
  writeVarint(writer, ATTESTATION, ATTESTATIONS.indexOf(observation.attestation));
  for (const [name, value] of observation.attributes) writeAttribute(writer, name, value);
  if (observation.schema !== 0n) writer.fixed64(SCHEMA, observation.schema);
}

function writeText(writer: WireWriter, tag: number, text: string): void {
  if (text !== '') writer.text(tag, text);
}

function writeVarint(writer: WireWriter, tag: number, value: number): void {
  if (value !== 0) writer.varint(tag, value);
}

function writeSeen(writer: WireWriter, attribute: string, context: Context): void {
  const entry = writer.open(SEEN);
  writer.text(ENTRY_KEY, attribute);
  const message = writer.open(ENTRY_MESSAGE);
  for (const [source, stamp] of context) {
    const start = writer.open(CONTEXT_STAMPS);
    writer.text(ENTRY_KEY, source);
    writer.fixed64(ENTRY_FIXED64, stamp);
    writer.close(start);
  }
  writer.close(message);
  writer.close(entry);
}

function writePosition(writer: WireWriter, { longitude, latitude, altitude }: Position): void {
  const start = writer.open(POSITION);
  if (!Object.is(longitude, 0)) writer.double(LONGITUDE, longitude);
  if (!Object.is(latitude, 0)) writer.double(LATITUDE, latitude);
  if (altitude !== undefined) writer.double(ALTITUDE, altitude);
  writer.close(start);
}

function writeAttribute(writer: WireWriter, name: string, value: AttributeValue): void {
  const entry = writer.open(ATTRIBUTES);
  writer.text(ENTRY_KEY, name);
  const message = writer.open(ENTRY_MESSAGE);
  if (typeof value === 'number') writer.double(VALUE_NUMBER, value);
  else if (typeof value === 'boolean') writer.varint(VALUE_BOOLEAN, Number(value));
  else writer.text(VALUE_TEXT, value);
  writer.close(message);
  writer.close(entry);
}
