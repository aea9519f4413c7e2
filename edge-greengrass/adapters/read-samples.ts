/** What a sensor's bytes say: our reading, NGSI-LD, SenML in JSON or CBOR, an object of fields, or a bare number. */

import type { DecodedReading, DraftReading } from '../../core/codec/decoder.ts';
import { PAYLOAD_BYTES_MAX } from '../../core/codec/decode.ts';
import { isObject, type JsonObject } from '../../core/codec/json-payload.ts';
import { parseJson } from '../../core/codec/json.ts';
import { readJsonReadings } from '../../core/codec/json-reading.ts';
import { isEntity } from '../../core/codec/ngsi-ld.ts';
import { senmlCbor } from '../../core/codec/senml/senml-cbor.ts';
import type { DeviceTopic } from '../../core/codec/topic.ts';
import type { AttributeValue } from '../../core/observation.ts';
import { refuse, type Refusal } from '../../core/reason.ts';
import { show } from '../../core/schema/show.ts';
import { convertUnit } from '../../core/schema/units.ts';
import type { Sample } from '../ports.ts';
import type { AdapterContext } from './ports.ts';

/** Whose bytes they are, and where what they say goes. */
export interface Origin {
  readonly sensor: string;
  /** At least one. A field goes to the first that knows it, one that none knows to the first. */
  readonly streams: readonly string[];
  /** Of a plain object these are read, what else it holds is not; absent, plain objects are refused. */
  readonly fields?: readonly string[];
  /** What it is about, where that is not the gateway's own asset. */
  readonly asset?: Sample['asset'];
}

/** The good ones go through, whatever stands beside them. */
export interface ReadSamples {
  readonly samples: readonly Sample[];
  readonly refusals: readonly Refusal[];
}

type ReadContext = Pick<AdapterContext, 'config' | 'city'>;

/** Reads bytes that came at `receivedAtMs`, at most `PAYLOAD_BYTES_MAX`. It neither throws nor keeps them. */
export function readSamples(
  bytes: Uint8Array,
  origin: Origin,
  context: ReadContext,
  receivedAtMs: number,
): ReadSamples {
  if (bytes.length > PAYLOAD_BYTES_MAX) {
    return refused(refuse('too-large', `got ${bytes.length} bytes, expected at most ${PAYLOAD_BYTES_MAX}`));
  }
  const topic = topicOf(origin, context);
  const message = { messageId: '', topic: '', bytes, clientId: origin.sensor, principal: '', receivedAtMs };
  if (senmlCbor.accepts(message, topic, context.city)) {
    const decoded = senmlCbor.decode(message, topic, context.city, NO_PORTS);
    return 'ok' in decoded ? refused(decoded) : samplesOf(decoded, origin, context, receivedAtMs);
  }
  const parsed = parseJson(bytes);
  return parsed.ok ? readJsonSamples(parsed.value, origin, context, receivedAtMs) : refused(parsed);
}

/** The same of JSON that is parsed. */
export function readJsonSamples(
  value: unknown,
  origin: Origin,
  context: ReadContext,
  receivedAtMs: number,
): ReadSamples {
  const plain = plainObject(value, origin);
  if (plain && !plain.ok) return refused(plain);
  const readings = readJsonReadings(plain?.reading ?? value, topicOf(origin, context), context.city, receivedAtMs);
  const read = 'ok' in readings ? refused(readings) : samplesOf(readings, origin, context, receivedAtMs);
  return { samples: read.samples, refusals: [...(plain?.refusals ?? []), ...read.refusals] };
}

/** The samples of readings that a decoder gave, by stream, each value in its attribute's own unit. */
export function samplesOf(
  readings: readonly DecodedReading[],
  origin: Origin,
  context: ReadContext,
  receivedAtMs: number,
): ReadSamples {
  const samples: Sample[] = [];
  const refusals: Refusal[] = [];
  for (const reading of readings) {
    const split = reading.ok ? splitByStream(reading, origin, context) : reading;
    if ('ok' in split) {
      refusals.push(split);
      continue;
    }
    if (!reading.ok) continue;
    const { observedAtMs = receivedAtMs, counter, position, fix } = reading;
    for (const [stream, values] of split) {
      samples.push({
        sensor: origin.sensor,
        stream,
        observedAtMs,
        ...(counter !== undefined && { counter: Number(counter) }),
        values,
        ...(position && { position }),
        ...(fix && { fix }),
        ...(origin.asset && { asset: origin.asset }),
      });
    }
  }
  return { samples, refusals };
}

function refused(refusal: Refusal): ReadSamples {
  return { samples: [], refusals: [refusal] };
}

/** What the topic of a device would tell the decoders, which were written for the cloud. */
function topicOf({ sensor, asset }: Origin, { config: { identity } }: ReadContext): DeviceTopic {
  const { assetId, assetType } = asset ?? identity;
  return { kind: 'device', zone: identity.zone, assetType, assetId, thingName: sensor };
}

/** Formats that are read here ask nothing of the world. */
const NO_PORTS = {
  codecs: { run: () => refuse('processing-failed', 'no codecs are run here') },
  schemas: { find: () => undefined },
  uplinks: { firstHeardAtMs: (_source: string, _fCnt: number, _bytes: Uint8Array, heardAtMs: number) => heardAtMs },
};

interface PlainReading {
  readonly ok: true;
  readonly reading: JsonObject;
  readonly refusals: readonly Refusal[];
}

/** A bare value, or an object with some of the fields, as a reading of ours. Anything else is none: `undefined`. */
function plainObject(value: unknown, { fields }: Origin): PlainReading | Refusal | undefined {
  if (isScalar(value)) return { ok: true, reading: { attributes: { value } }, refusals: [] };
  if (!fields || !isObject(value) || ['attributes', 'position'].some((key) => Object.hasOwn(value, key))) {
    return undefined;
  }
  const known = fields.filter((field) => Object.hasOwn(value, field) && value[field] !== null);
  if (known.length === 0) return undefined;
  const good = known.filter((field) => isScalar(value[field]));
  // A normalized entity of NGSI-LD has the same names, each for an object.
  if (good.length === 0 && isEntity(value)) return undefined;
  const refusals = known
    .filter((field) => !isScalar(value[field]))
    .map((field) => refuse('schema-violation', `${field}: got ${show(value[field])}, expected one value`));
  const [first] = refusals;
  if (good.length === 0 && first) return first;
  const reading = {
    attributes: Object.fromEntries(good.map((field) => [field, value[field]])),
    ...(Object.hasOwn(value, 'observedAt') && { observedAt: value['observedAt'] }),
    ...(Object.hasOwn(value, 'counter') && { counter: value['counter'] }),
  };
  return { ok: true, reading, refusals };
}

function isScalar(value: unknown): value is AttributeValue {
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';
}

function splitByStream(
  { attributes, position }: DraftReading,
  { streams, asset }: Origin,
  { config, city }: ReadContext,
): ReadonlyMap<string, Map<string, AttributeValue>> | Refusal {
  const { assetType } = asset ?? config.identity;
  const type = Object.hasOwn(city.assetTypes, assetType) ? city.assetTypes[assetType] : undefined;
  const byStream = new Map<string, Map<string, AttributeValue>>();
  for (const { name, value, unit } of attributes) {
    const stream = streams.find((each) => attributeIn(each, name) !== undefined) ?? streams[0] ?? '';
    const attribute = type?.attributes[attributeIn(stream, name) ?? name];
    let own: AttributeValue | Refusal = value;
    if (unit !== undefined && typeof value === 'number') {
      const converted = convertUnit(value, unit, attribute?.unit ?? unit, attribute?.gas);
      own = typeof converted === 'number' ? converted : refuse(converted.reason, `${name}: ${converted.detail}`);
    }
    if (typeof own === 'object') return own;
    byStream.set(stream, (byStream.get(stream) ?? new Map<string, AttributeValue>()).set(name, own));
  }
  // A position alone is a sample too.
  if (byStream.size === 0 && position) byStream.set(streams[0] ?? '', new Map());
  return byStream;

  /** The attribute that a field of a stream is, be it named by one or the other. */
  function attributeIn(stream: string, field: string): string | undefined {
    const names = config.streams[stream]?.attributes ?? {};
    if (Object.hasOwn(names, field)) return names[field];
    return Object.values(names).find((attribute) => attribute === field);
  }
}
