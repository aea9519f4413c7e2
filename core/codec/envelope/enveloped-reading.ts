/** Binary readings in an envelope, on `dt/{zone}/{assetType}/{assetId}/{thingName}`: one reading in Avro or protobuf. */

import type { SchemaField } from '../../ports.ts';
import { refuse, type Refusal } from '../../reason.ts';
import { show } from '../../schema/show.ts';
import type { DecodedReading, Decoder, DraftReading, RawAttribute } from '../decoder.ts';
import { type ObservedAt, parseEpochMs } from '../observed-at.ts';
import type { DeviceTopic } from '../topic.ts';
import { ENVELOPE_BYTES, fingerprintOf, formatFingerprint, isEnveloped } from './envelope.ts';

export const envelopedReading: Decoder = {
  name: 'enveloped-reading',

  accepts({ bytes }, topic) {
    return isEnveloped(bytes) && topic.kind === 'device';
  },

  decode({ bytes }, topic, _city, { schemas }) {
    if (topic.kind !== 'device') return refuse('unknown-schema', 'a reading of ours is published on dt/…');
    const fingerprint = fingerprintOf(bytes);
    if (fingerprint === undefined) {
      return refuse('malformed', `got ${bytes.length} bytes, expected an envelope of ${ENVELOPE_BYTES} and a body`);
    }
    const schema = schemas.find(fingerprint);
    if (!schema) {
      return refuse('unknown-schema', `no schema has the fingerprint ${formatFingerprint(fingerprint)}`);
    }
    const body = schema.read(bytes.subarray(ENVELOPE_BYTES));
    return body.ok ? [readFields(body.fields, fingerprint, topic)] : body;
  },
};

/** Fields that are no attributes. Positions are in degrees and metres. */
const PLACE = ['latitude', 'longitude', 'altitude'] as const;

function readFields(fields: readonly SchemaField[], schema: bigint, topic: DeviceTopic): DecodedReading {
  const attributes: RawAttribute[] = [];
  const place: Partial<Record<(typeof PLACE)[number], number>> = {};
  let observedAt: ObservedAt | Refusal | undefined;
  let counter: bigint | undefined;
  for (const { name, value, unit } of fields) {
    const axis = PLACE.find((each) => each === name);
    // A clock that was never set stands at 0, and protobuf has no other way to leave out a time without presence.
    if (name === 'observedAt') observedAt = value === 0 ? undefined : parseEpochMs(value);
    else if (name === 'counter') counter = readCounter(value);
    else if (axis !== undefined && typeof value === 'number') place[axis] = value;
    else attributes.push({ name, value, ...(unit !== undefined && { unit }) });
  }
  if (observedAt && !observedAt.ok) return observedAt;
  const { latitude, longitude, altitude } = place;
  if ((latitude === undefined) !== (longitude === undefined)) {
    return refuse('schema-violation', `position: got ${show(place)}, expected latitude and longitude`);
  }
  const position = latitude !== undefined &&
    longitude !== undefined && { longitude, latitude, ...(altitude !== undefined && { altitude }) };
  if (attributes.length === 0 && !position) {
    return refuse('schema-violation', 'a reading needs at least one attribute or a position');
  }
  return {
    ok: true,
    kind: 'reading',
    assetId: topic.assetId,
    assetType: topic.assetType,
    zone: topic.zone,
    source: topic.thingName,
    ...(observedAt && { observedAtMs: observedAt.ms }),
    ...(counter !== undefined && { counter }),
    attributes,
    ...(position && { position }),
    flags: [],
    attestation: 'none',
    schema,
  } satisfies DraftReading;
}

/** A counter that is negative or broken counts nothing, and the content breaks the tie. */
function readCounter(value: SchemaField['value']): bigint | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
}
