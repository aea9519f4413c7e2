import { decode, Tokenizer } from 'cborg';
import { decodeMessage, NO_PORTS } from '../../core/codec/decode.ts';
import type { DecoderPorts } from '../../core/codec/decoder.ts';
import { isEnveloped } from '../../core/codec/envelope/envelope.ts';
import { isObject } from '../../core/codec/json-payload.ts';
import { parseJson } from '../../core/codec/json.ts';
import { isEntity } from '../../core/codec/ngsi-ld.ts';
import { isCborArray } from '../../core/codec/senml/senml-cbor.ts';
import { standardOf } from '../../core/codec/standard-payload.ts';
import { isSenmlPack } from '../../core/codec/senml/senml-pack.ts';
import { parseTopic } from '../../core/codec/topic.ts';
import type { CityConfig } from '../../core/schema/city-config.ts';
import { requesterOf } from '../../core/uploads/slot.ts';
import type { SchemaEntry } from '../../lambdas/shared/schemas/schema-entry.ts';
import { codecRunner } from './codecs.ts';
import { envelopeFacts, envelopeFault, schemaBook } from './enveloped.ts';
import { findDatagram, findFec } from './fec.ts';
import type { Facts, Fault, Finding, Format } from './finding.ts';
import { findJsonFault } from './json-fault.ts';
import { findSlotRequest } from './slot-request.ts';
import { findMessage, guessMessage, MESSAGES } from './messages.ts';
import { itemOf } from './readings.ts';
import { likelyTopic, topicOf } from './topics.ts';

export interface DecodeOptions {
  readonly city: CityConfig;
  readonly nowMs: number;
  /** What the payload was published on; without it the bytes alone must tell. */
  readonly topic?: string;
  /** Besides the released ones. */
  readonly schemas?: readonly SchemaEntry[];
}

/** Formats that a topic alone tells; what stands on it is nothing else. */
const TOPIC_FORMATS: readonly (readonly [pattern: RegExp, format: Format])[] = [
  [/^dt\/[^/]+\/gateway\/[^/]+\/frames$/, 'sync-frame'],
  [/^cmd\/[^/]+\/gateway\/[^/]+\/resync$/, 'resync-request'],
  [/^cmd\/[^/]+\/gateway\/[^/]+\/ack$/, 'ack'],
  [/^cmd\/[^/]+\/gateway\/[^/]+\/config$/, 'sync-config'],
  [/^twin\/[^/]+\/[^/]+\/delta$/, 'delta-message'],
];
const FEC_SUFFIX = '/fec';

/** Of what no format begins with. */
const SHOWN_BYTES_MAX = 32;

const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d]);
const OPENING = new Set([0x7b, 0x5b]);

/** What a payload is, or where and why it is broken. Never throws on bytes, whatever they are. */
export async function decodePayload(bytes: Uint8Array, options: DecodeOptions): Promise<Finding> {
  const { city } = options;
  const topic = options.topic === undefined ? undefined : topicOf(options.topic);
  if (topic !== undefined) {
    const message = MESSAGES.find(({ format }) => format === formatOn(topic));
    if (message) return findMessage(bytes, message, city);
    const requester = requesterOf(topic);
    if (requester) return findSlotRequest(bytes, requester, city);
    if (!topic.endsWith(`/frames${FEC_SUFFIX}`)) return findReadings(bytes, topic, options);
    const fec = await findFecPayload(bytes, { ...options, topic: topic.slice(0, -FEC_SUFFIX.length) });
    return fec ?? broken('fec-frame', bytes, { reason: 'malformed', detail: 'no FEC frame of any depth' });
  }
  if (isEnveloped(bytes) || isText(bytes)) return findReadings(bytes, undefined, options);
  const fec = await findFecPayload(bytes, options);
  if (fec) return fec;
  const datagram = findDatagram(bytes);
  if (datagram) return datagram;
  if (isCborArray(bytes)) return findReadings(bytes, undefined, options);
  return guessMessage(bytes, city) ?? unknown(bytes);
}

function formatOn(topic: string): Format | undefined {
  return TOPIC_FORMATS.find(([pattern]) => pattern.test(topic))?.[1];
}

async function findFecPayload(bytes: Uint8Array, inner: DecodeOptions): Promise<Finding | undefined> {
  const found = findFec(bytes);
  return found?.payload ? { ...found.finding, payload: await decodePayload(found.payload, inner) } : found?.finding;
}

/** Formats that hold readings: decoded by the very code that the cloud runs. */
async function findReadings(bytes: Uint8Array, given: string | undefined, options: DecodeOptions): Promise<Finding> {
  const { city, nowMs, schemas = [] } = options;
  const parsed = isEnveloped(bytes) ? undefined : parseJson(bytes);
  const json = parsed?.ok ? parsed.value : undefined;
  const topic = given ?? likelyTopic(json, city);
  const format = readingFormat(bytes, topic, json, city);
  const book = schemaBook(schemas);
  const ports: DecoderPorts = {
    ...NO_PORTS,
    schemas: book,
    ...(format === 'lorawan-uplink' && { codecs: await codecRunner() }),
  };
  const message = { messageId: 'decode', topic, bytes, clientId: '', principal: '', receivedAtMs: nowMs };
  const { readings } = decodeMessage(message, city, ports);
  const entry = format === 'enveloped-reading' ? book.entry(bytes) : undefined;
  const facts = format === 'enveloped-reading' ? envelopeFacts(bytes, entry) : {};
  const [first] = readings;
  if (first && !first.ok && readings.length === 1) {
    const { reason, detail } = first;
    const place = isEnveloped(bytes) ? entry && envelopeFault(bytes, entry) : textFault(bytes, format);
    const fault = place && { reason, detail: place.detail ?? detail, offset: place.offset };
    return { ...broken(format, bytes, fault ?? { reason, detail }), facts };
  }
  return {
    format,
    bytes: bytes.length,
    facts: readings.length > 1 ? { ...facts, readings: readings.length } : facts,
    items: readings.map((reading, index) => itemOf(reading, index, readings.length, city)),
    ...contentOf(format, json, entry, readings),
  };
}

function readingFormat(bytes: Uint8Array, given: string, json: unknown, city: CityConfig): Format {
  const topic = parseTopic(given);
  const { kind } = topic;
  if (kind === 'lorawan') return 'lorawan-uplink';
  if (kind === 'sensors' && !standardOf(topic, city)) return 'mapped-json';
  if (isEnveloped(bytes)) return 'enveloped-reading';
  if (isCborArray(bytes)) return 'senml-cbor';
  if (isSenmlPack(json)) return 'senml-json';
  const [first]: readonly unknown[] = Array.isArray(json) ? json : [json];
  if (isObject(first) && isEntity(first)) return 'ngsi-ld';
  return kind === 'device' ? 'json-reading' : 'unknown';
}

/** What is JSON already is what it is; of an envelope, the fields that its schema has. */
function contentOf(
  format: Format,
  json: unknown,
  entry: SchemaEntry | undefined,
  [reading]: ReturnType<typeof decodeMessage>['readings'],
): Pick<Finding, 'content'> {
  if (json !== undefined) return { content: json };
  if (format !== 'enveloped-reading' || !entry || !reading?.ok) return {};
  const { observedAtMs, counter, attributes, position } = reading;
  return {
    content: {
      schema: `${entry.name}/${entry.version}`,
      fields: {
        ...(observedAtMs !== undefined && { observedAt: observedAtMs }),
        ...(counter !== undefined && { counter: Number(counter) }),
        ...Object.fromEntries(attributes.map(({ name, value }) => [name, value])),
        ...position,
      },
    },
  };
}

/** Where JSON or CBOR breaks; of what parses and is refused for what it says, no place is known. */
function textFault(bytes: Uint8Array, format: Format): { offset: number; detail?: string } | undefined {
  const offset = format === 'senml-cbor' ? cborFault(bytes) : findJsonFault(bytes);
  return offset === undefined ? undefined : { offset };
}

function cborFault(bytes: Uint8Array): number | undefined {
  const options = { useMaps: true, allowBigInt: false, rejectDuplicateMapKeys: true };
  const tokenizer = new Tokenizer(bytes, options);
  try {
    decode(bytes, { ...options, tokenizer });
    return undefined;
  } catch {
    return tokenizer.pos();
  }
}

function isText(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => !SPACES.has(byte));
  return first !== undefined && OPENING.has(first);
}

function unknown(bytes: Uint8Array): Finding {
  const detail = bytes.length === 0 ? 'there are no bytes' : 'the first bytes begin no format known here';
  const fault = { reason: 'unknown-schema', detail: `${detail}; --topic may tell more` } as const;
  return { ...broken('unknown', bytes, fault), facts: plainly(bytes) };
}

/** The beginning as it is, and as a text where it is one. */
function plainly(bytes: Uint8Array): Facts {
  const start = Buffer.from(bytes.subarray(0, SHOWN_BYTES_MAX));
  const text = start.toString('latin1');
  return {
    ...(start.length > 0 && { begins: start.toString('hex') }),
    ...(/^[\x20-\x7e]+$/.test(text) && { text }),
  };
}

function broken(format: Format, bytes: Uint8Array, fault: Fault): Finding {
  return { format, bytes: bytes.length, facts: {}, items: [], fault };
}
