import type { AttributeValue, Context, Observation } from '../observation.ts';
import type { WireWriter } from '../wire/wire-writer.ts';
import {
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
  OBSERVED_AT_MS,
  POSITION,
  READING_ID,
  RECEIVED_AT_MS,
  REDRIVES,
  SCHEMA,
  SEEN,
  SOURCE,
  STAMP,
  VALID_UNTIL_MS,
  ZONE,
} from './observation-tags.ts';
import { writeFixed64, writePosition, writeText, writeValue, writeVarint } from './write-value.ts';

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
  writeFixed64(writer, STAMP, observation.stamp);
  for (const [attribute, context] of observation.seen) writeSeen(writer, attribute, context);
  writeVarint(writer, OBSERVED_AT_MS, observation.observedAtMs);
  writeVarint(writer, RECEIVED_AT_MS, observation.receivedAtMs);
  if (observation.position) writePosition(writer, POSITION, observation.position);
  writeVarint(writer, ATTESTATION, ATTESTATIONS.indexOf(observation.attestation));
  for (const [name, value] of observation.attributes) writeAttribute(writer, name, value);
  writeFixed64(writer, SCHEMA, observation.schema);
  writeVarint(writer, REDRIVES, observation.redrives ?? 0);
  writeVarint(writer, VALID_UNTIL_MS, observation.validUntilMs ?? 0);
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

function writeAttribute(writer: WireWriter, name: string, value: AttributeValue): void {
  const entry = writer.open(ATTRIBUTES);
  writer.text(ENTRY_KEY, name);
  writeValue(writer, ENTRY_MESSAGE, value);
  writer.close(entry);
}
