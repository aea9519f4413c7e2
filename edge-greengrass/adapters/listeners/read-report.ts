import { fromBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { type Reading, ReadingSchema, ReportRequestSchema, type Value } from '../../../core/codec/generated/edge_pb.ts';
import { readFix } from '../../../core/codec/gnss-fix.ts';
import type { AttributeValue, GnssFix, Position } from '../../../core/observation.ts';
import { refuse, type Refusal } from '../../../core/reason.ts';
import { show } from '../../../core/schema/show.ts';
import type { Sample } from '../../ports.ts';
import type { AdapterContext } from '../ports.ts';
import type { ReadSamples } from '../read-samples.ts';
import { originOf } from './read-request.ts';

/** A millisecond or two of work; then it is others' turn. */
export const READINGS_AT_A_TIME = 256;

const { id: ID, readings: READINGS } = ReportRequestSchema.field;

/** The report's id, which writers put first; 0 where there is none. Nothing else is decoded. */
export function reportIdIn(bytes: Uint8Array): bigint {
  const reader = new BinaryReader(bytes);
  try {
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field === ID.number && wireType === WireType.Varint) return BigInt(reader.uint64());
      reader.skip(wireType, field);
    }
  } catch {
    // What is no message is refused where its readings are read.
  }
  return 0n;
}

/**
 * The samples of a report in its bytes, `READINGS_AT_A_TIME`: 32 MB decoded at once would hold up everything else for a
 * second. There is at least one part. What is no message of the schema is refused from where it is none.
 */
export function* readReport(bytes: Uint8Array, context: AdapterContext): Generator<ReadSamples> {
  const reader = new BinaryReader(bytes);
  const receivedAtMs = context.clock.nowMs();
  let samples: Sample[] = [];
  let refusals: Refusal[] = [];
  while (reader.pos < reader.len) {
    try {
      const [field, wireType] = reader.tag();
      if (field === READINGS.number && wireType === WireType.LengthDelimited) {
        const sample = readOne(reader.bytes(), receivedAtMs, context);
        if ('ok' in sample) refusals.push(sample);
        else samples.push(sample);
      } else reader.skip(wireType, field);
    } catch (error) {
      refusals.push(refuse('malformed', `no report: ${error instanceof Error ? error.message : String(error)}`));
      break;
    }
    if (samples.length + refusals.length < READINGS_AT_A_TIME) continue;
    yield { samples, refusals };
    samples = [];
    refusals = [];
  }
  yield { samples, refusals };
}

function readOne(bytes: Uint8Array, receivedAtMs: number, context: AdapterContext): Sample | Refusal {
  let reading: Reading;
  try {
    reading = fromBinary(ReadingSchema, bytes);
  } catch (error) {
    return refuse('malformed', `no reading: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { sensor, stream, asset, position, counter } = reading;
  const origin = originOf(
    { sensor, stream, ...(asset && { asset: { assetId: asset.assetId, assetType: asset.assetType } }) },
    {},
    context,
  );
  if ('ok' in origin) return origin;
  const observedAtMs = Number(reading.observedAtMs ?? receivedAtMs);
  for (const [name, number] of [
    ['observed_at_ms', observedAtMs],
    ['counter', Number(counter ?? 0)],
  ] as const) {
    if (!Number.isSafeInteger(number)) return refuse('schema-violation', `${name}: got ${number}, expected below 2^53`);
  }
  const values = valuesOf(reading);
  if ('ok' in values) return values;
  const fix = position && fixOf(position);
  if (fix && 'ok' in fix) return fix;
  const [logical = ''] = origin.streams;
  return {
    sensor,
    stream: logical,
    observedAtMs,
    ...(counter !== undefined && { counter: Number(counter) }),
    values,
    ...(position && { position: positionOf(position) }),
    ...(fix && { fix }),
    ...(origin.asset && { asset: origin.asset }),
  };
}

function valuesOf({ values, position }: Reading): ReadonlyMap<string, AttributeValue> | Refusal {
  const read = new Map<string, AttributeValue>();
  for (const [field, value] of Object.entries(values)) {
    const own = valueOf(field, value);
    if (typeof own === 'object') return own;
    read.set(field, own);
  }
  return read.size > 0 || position
    ? read
    : refuse('schema-violation', 'a reading needs at least one value or a position');
}

function valueOf(field: string, { kind }: Value): AttributeValue | Refusal {
  if (kind.case === undefined) return refuse('schema-violation', `${show(field)}: expected a number, a flag or a text`);
  if (kind.case !== 'number' || Number.isFinite(kind.value)) return kind.value;
  return refuse('malformed', `${show(field)}: ${kind.value} is no finite number`);
}

function fixOf({ fixedAtMs, hdop, satellites }: NonNullable<Reading['position']>): GnssFix | Refusal | undefined {
  return readFix(fixedAtMs === undefined ? undefined : Number(fixedAtMs), hdop, satellites);
}

function positionOf({ longitude, latitude, altitude }: NonNullable<Reading['position']>): Position {
  return { longitude, latitude, ...(altitude !== undefined && { altitude }) };
}
