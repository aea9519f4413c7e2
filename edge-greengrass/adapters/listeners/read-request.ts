import { isObject, READINGS_PER_MESSAGE_MAX, type JsonObject } from '../../../core/codec/json-payload.ts';
import { parseJson } from '../../../core/codec/json.ts';
import { isSenmlPack } from '../../../core/codec/senml/senml-pack.ts';
import { refuse, type Refusal } from '../../../core/reason.ts';
import { isName, NAME_RULE } from '../../../core/schema/names.ts';
import { show } from '../../../core/schema/show.ts';
import type { AdapterContext } from '../ports.ts';
import { type Origin, readJsonSamples, readSamples, type ReadSamples } from '../read-samples.ts';

/** What a request's address says; a reading may say it for itself. */
export interface Said {
  readonly sensor?: string | undefined;
  readonly stream?: string | undefined;
}

/** CBOR's arrays, as SenML has them, begin so; no JSON does. */
const CBOR_FIRST = 0x80;
const NEWLINE = 0x0a;

/**
 * The readings of a request: one in JSON, an array of them, or one a line; each a reading as a device publishes it, with
 * `sensor`, `stream` and, where it is about another asset than the gateway's, `asset` beside it. Or SenML, in JSON or CBOR,
 * of the sensor and stream that the address names. Bad ones are refused by themselves.
 */
export function readRequest(
  bytes: Uint8Array,
  said: Said,
  context: AdapterContext,
  options: { readonly isByLine?: boolean } = {},
): ReadSamples {
  const receivedAtMs = context.clock.nowMs();
  if ((bytes[0] ?? 0) >= CBOR_FIRST) {
    const origin = originOf({}, said, context);
    return 'ok' in origin ? all([], [origin]) : readSamples(bytes, origin, context, receivedAtMs);
  }
  const parsed = options.isByLine ? parseLines(bytes) : parseWhole(bytes);
  if (parsed.values.length > READINGS_PER_MESSAGE_MAX) {
    const detail = `got ${parsed.values.length} readings, expected at most ${READINGS_PER_MESSAGE_MAX} a request`;
    return all([], [refuse('too-large', detail)]);
  }
  const read = parsed.values.map((value) => readOne(value, said, context, receivedAtMs));
  return all(
    read.flatMap(({ samples }) => samples),
    [...parsed.refusals, ...read.flatMap(({ refusals }) => refusals)],
  );
}

function all(samples: ReadSamples['samples'], refusals: ReadSamples['refusals']): ReadSamples {
  return { samples, refusals };
}

interface Parsed {
  readonly values: readonly unknown[];
  readonly refusals: readonly Refusal[];
}

function parseWhole(bytes: Uint8Array): Parsed {
  const parsed = parseJson(bytes);
  if (!parsed.ok) return { values: [], refusals: [parsed] };
  const { value } = parsed;
  const isPack: boolean = isSenmlPack(value);
  if (!Array.isArray(value) || isPack) return { values: [value], refusals: [] };
  if (value.length > 0) return { values: value, refusals: [] };
  return { values: [], refusals: [refuse('schema-violation', 'got an empty list, expected at least one reading')] };
}

function parseLines(bytes: Uint8Array): Parsed {
  const values: unknown[] = [];
  const refusals: Refusal[] = [];
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    if (end > start) {
      const parsed = parseJson(bytes.subarray(start, end));
      if (parsed.ok) values.push(parsed.value);
      else refusals.push(parsed);
    }
    start = end + 1;
  }
  if (values.length + refusals.length === 0) refusals.push(refuse('schema-violation', 'expected at least one reading'));
  return { values, refusals };
}

function readOne(value: unknown, said: Said, context: AdapterContext, receivedAtMs: number): ReadSamples {
  if (isSenmlPack(value)) {
    const origin = originOf({}, said, context);
    return 'ok' in origin ? all([], [origin]) : readJsonSamples(value, origin, context, receivedAtMs);
  }
  if (!isObject(value)) return all([], [refuse('schema-violation', `got ${show(value)}, expected a reading`)]);
  const { sensor, stream, asset, ...reading } = value;
  const origin = originOf({ sensor, stream, asset }, said, context);
  return 'ok' in origin ? all([], [origin]) : readJsonSamples(reading, origin, context, receivedAtMs);
}

/** What a reading says of itself goes before what the address says. */
export function originOf(
  own: { readonly sensor?: unknown; readonly stream?: unknown; readonly asset?: unknown },
  said: Said,
  { config: { streams } }: Pick<AdapterContext, 'config'>,
): Origin | Refusal {
  const { sensor = said.sensor, stream = said.stream, asset } = own;
  if (typeof sensor !== 'string' || !isName(sensor)) {
    return refuse('schema-violation', `sensor: got ${show(sensor)}, expected ${NAME_RULE}`);
  }
  const logical = typeof stream === 'string' ? stream.replace(/^dlt:\/\//, '') : undefined;
  if (logical === undefined || !Object.hasOwn(streams, logical)) {
    return refuse(
      'schema-violation',
      `stream: got ${show(stream)}, expected one of ${Object.keys(streams).join(', ')}`,
    );
  }
  if (asset === undefined) return { sensor, streams: [logical] };
  return isAsset(asset)
    ? { sensor, streams: [logical], asset: { assetId: asset.assetId, assetType: asset.assetType } }
    : refuse('schema-violation', `asset: got ${show(asset)}, expected {assetId, assetType}`);
}

function isAsset(value: unknown): value is { readonly assetId: string; readonly assetType: string } {
  if (!isObject(value)) return false;
  const { assetId, assetType }: JsonObject = value;
  return typeof assetId === 'string' && typeof assetType === 'string' && isName(assetId) && isName(assetType);
}
