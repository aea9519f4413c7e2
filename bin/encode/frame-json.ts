/** Sync frames as JSON: maps are objects, stamps and digests decimal texts. */

import { isName } from '../../core/schema/names.ts';
import { show } from '../../core/schema/show.ts';
import type { AttributeValue, Position } from '../../core/observation.ts';
import type { DigestReport, FrameAttestation, FrameReading, Lane, Leaf, SyncFrame } from '../../core/sync/frame.ts';
import { CommandError } from '../command-error.ts';
import {
  asBigint,
  asBytes,
  asList,
  asNumber,
  asObject,
  asText,
  type JsonObject,
  known,
  oneOf,
  optional,
} from './json-shape.ts';

export function frameJson(frame: SyncFrame): JsonObject {
  const { gateway, lane, epoch, sequence, sentAtMs, kind } = frame;
  const header = { gateway, lane, epoch, sequence, sentAtMs, kind };
  return frame.kind === 'heartbeat'
    ? { ...header, digest: digestJson(frame.digest) }
    : { ...header, readings: frame.readings.map(readingJson) };
}

function readingJson({ stamp, attributes, seen, attestation, ...rest }: FrameReading): JsonObject {
  return {
    ...rest,
    stamp: String(stamp),
    attributes: Object.fromEntries(attributes),
    ...(attestation && { attestation: attestationJson(attestation) }),
    ...(seen.size > 0 && {
      seen: Object.fromEntries([...seen].map(([register, stamps]) => [register, stampsJson(stamps)])),
    }),
  };
}

function attestationJson({ bootId, counter, previousHash, signature, ...rest }: FrameAttestation): JsonObject {
  return {
    ...rest,
    bootId: String(bootId),
    counter: String(counter),
    previousHash: Buffer.from(previousHash).toString('hex'),
    signature: Buffer.from(signature).toString('hex'),
  };
}

function stampsJson(stamps: ReadonlyMap<string, bigint>): JsonObject {
  return Object.fromEntries([...stamps].map(([sensor, stamp]) => [sensor, String(stamp)]));
}

function digestJson({ root, assets, heldFrom, sums, listings }: DigestReport): JsonObject {
  return {
    root: String(root),
    assets,
    heldFrom,
    ...(sums && { sums: sums.map(String) }),
    ...(listings && {
      listings: Object.fromEntries([...listings].map(([bucket, leaves]) => [bucket, leaves.map(leafJson)])),
    }),
  };
}

function leafJson(leaf: Leaf): JsonObject {
  return { ...leaf, stamp: String(leaf.stamp) };
}

const LANES: readonly Lane[] = ['bulk', 'critical'];
const KINDS: readonly SyncFrame['kind'][] = ['delta', 'snapshot', 'heartbeat'];

/** Throws one line that names the place of a slip. */
export function readFrameJson(value: unknown): SyncFrame {
  const frame = asObject('frame', value);
  const header = {
    gateway: asName('gateway', frame['gateway']),
    lane: oneOf('lane', frame['lane'] ?? 'bulk', LANES),
    epoch: asCount('epoch', frame['epoch']),
    sequence: asCount('sequence', frame['sequence']),
    sentAtMs: asCount('sentAtMs', frame['sentAtMs']),
  };
  const names = ['gateway', 'lane', 'epoch', 'sequence', 'sentAtMs', 'kind'];
  const kind = oneOf('kind', frame['kind'] ?? 'delta', KINDS);
  if (kind === 'heartbeat') {
    known('frame', frame, [...names, 'digest']);
    return { ...header, kind, digest: readDigest(asObject('digest', frame['digest'])) };
  }
  known('frame', frame, [...names, 'readings']);
  const readings = asList('readings', frame['readings']);
  if (readings.length === 0) throw new CommandError('readings: got none, expected at least one');
  return { ...header, kind, readings: readings.map((each, index) => readReading(`readings[${index}]`, each)) };
}

function readReading(where: string, value: unknown): FrameReading {
  const reading = asObject(where, value);
  known(where, reading, ['assetId', 'assetType', 'sensor', 'stamp', 'attributes', 'position', 'seen', 'attestation']);
  const assetId = asName(`${where}.assetId`, reading['assetId']);
  const position = optional(reading['position'], (each) => readPosition(`${where}.position`, each));
  const attestation = optional(reading['attestation'], (each) => readAttestation(`${where}.attestation`, each));
  return {
    assetId,
    assetType: asName(`${where}.assetType`, reading['assetType']),
    sensor: asName(`${where}.sensor`, reading['sensor'] ?? assetId),
    stamp: asBigint(`${where}.stamp`, reading['stamp']),
    attributes: mapOf(`${where}.attributes`, reading['attributes'] ?? {}, asValue),
    ...(position && { position }),
    seen: mapOf(`${where}.seen`, reading['seen'] ?? {}, (each, stamps) => mapOf(each, stamps, asBigint)),
    ...(attestation && { attestation }),
  };
}

function readAttestation(where: string, value: unknown): FrameAttestation {
  const said = asObject(where, value);
  const names = ['keyId', 'bootId', 'counter', 'gnssAtMs', 'hdop', 'satellites', 'previousHash', 'signature'];
  known(where, said, names);
  const [hdop, satellites] = ['hdop', 'satellites'].map((name) =>
    optional(said[name], (each) => asNumber(`${where}.${name}`, each)),
  );
  return {
    keyId: asText(`${where}.keyId`, said['keyId']),
    bootId: asBigint(`${where}.bootId`, said['bootId']),
    counter: asBigint(`${where}.counter`, said['counter']),
    gnssAtMs: asCount(`${where}.gnssAtMs`, said['gnssAtMs']),
    ...(hdop !== undefined && { hdop }),
    ...(satellites !== undefined && { satellites }),
    previousHash: asBytes(`${where}.previousHash`, said['previousHash']),
    signature: asBytes(`${where}.signature`, said['signature']),
  };
}

function readPosition(where: string, value: unknown): Position {
  const position = asObject(where, value);
  known(where, position, ['longitude', 'latitude', 'altitude']);
  const altitude = optional(position['altitude'], (each) => asNumber(`${where}.altitude`, each));
  return {
    longitude: asNumber(`${where}.longitude`, position['longitude']),
    latitude: asNumber(`${where}.latitude`, position['latitude']),
    ...(altitude !== undefined && { altitude }),
  };
}

function readDigest(digest: JsonObject): DigestReport {
  known('digest', digest, ['root', 'assets', 'heldFrom', 'sums', 'listings']);
  const sums = optional(digest['sums'], (each) => asList('digest.sums', each).map((sum) => asBigint('a sum', sum)));
  const listings = optional(digest['listings'], (each) => Object.entries(asObject('digest.listings', each)));
  return {
    root: asBigint('digest.root', digest['root']),
    assets: asCount('digest.assets', digest['assets']),
    heldFrom: asCount('digest.heldFrom', digest['heldFrom']),
    ...(sums && { sums }),
    ...(listings && {
      listings: new Map(
        listings.map(([bucket, leaves]) => [Number(bucket), asList('a listing', leaves).map((leaf) => readLeaf(leaf))]),
      ),
    }),
  };
}

function readLeaf(value: unknown): Leaf {
  const leaf = asObject('a leaf', value);
  known('a leaf', leaf, ['assetId', 'attribute', 'sensor', 'stamp']);
  return {
    assetId: asName('a leaf’s assetId', leaf['assetId']),
    attribute: asName('a leaf’s attribute', leaf['attribute']),
    sensor: asName('a leaf’s sensor', leaf['sensor']),
    stamp: asBigint('a leaf’s stamp', leaf['stamp']),
  };
}

function mapOf<Value>(where: string, value: unknown, read: (where: string, value: unknown) => Value) {
  return new Map(Object.entries(asObject(where, value)).map(([key, each]) => [key, read(`${where}.${key}`, each)]));
}

function asValue(where: string, value: unknown): AttributeValue {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return value;
  throw new CommandError(`${where}: got ${show(value)}, expected a number, a text, true or false`);
}

function asName(where: string, value: unknown): string {
  const text = asText(where, value);
  if (isName(text)) return text;
  throw new CommandError(`${where}: got ${show(text)}, expected 1 to 64 characters out of A-Z a-z 0-9 : _ . -`);
}

function asCount(where: string, value: unknown): number {
  const count = asNumber(where, value);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new CommandError(`${where}: got ${count}, expected a whole number from 0 to 2^53 - 1`);
}
