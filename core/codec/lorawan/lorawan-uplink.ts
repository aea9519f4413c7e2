/** What devices in a LoRaWAN send, on `lorawan/{network}/{devEui}/up`, as their network server wraps it. */

import type { Position } from '../../observation.ts';
import type { DecodedUplink } from '../../ports.ts';
import { refuse, type Refusal } from '../../reason.ts';
import type { AssetType, CityConfig, RegisteredAsset, UplinkCodec, UplinkPosition } from '../../schema/city-config.ts';
import { show } from '../../schema/show.ts';
import type { DecodedReading, Decoder, RawAttribute } from '../decoder.ts';
import { isObject, type JsonObject, READINGS_PER_MESSAGE_MAX } from '../json-payload.ts';
import { parseJson } from '../json.ts';
import { readValue } from '../mapping.ts';
import { type ObservedAt, parseIso } from '../observed-at.ts';
import { readUplinkFrame, type UplinkFrame } from './uplink-frame.ts';

export const lorawanUplink: Decoder = {
  name: 'lorawan-uplink',

  accepts(_message, topic) {
    return topic.kind === 'lorawan';
  },

  decode({ bytes, receivedAtMs }, topic, city, { codecs, uplinks }) {
    if (topic.kind !== 'lorawan') return refuse('unknown-schema', 'an uplink is published on lorawan/…');
    const parsed = parseJson(bytes);
    if (!parsed.ok) return parsed;
    if (!isObject(parsed.value)) {
      return refuse('schema-violation', `got ${show(parsed.value)}, expected the object of one uplink`);
    }
    const frame = readUplinkFrame(parsed.value);
    if (!frame.ok) return frame;
    if (frame.devEui !== topic.devEui) {
      return refuse('not-authorized', `device ${topic.devEui} may not speak for device ${show(frame.devEui)}`);
    }
    const device = findDevice(`${topic.network}/${topic.devEui}`, city);
    if ('ok' in device) return device;
    const { fCnt, receivedAt } = frame;
    const heardAt = receivedAt && {
      ...receivedAt,
      ms: uplinks.firstHeardAtMs(device.source, fCnt, frame.bytes, receivedAt.ms),
    };
    const decoded = codecs.run(device.codec.file, {
      bytes: frame.bytes,
      fPort: frame.fPort,
      recvTimeMs: heardAt?.ms ?? receivedAtMs,
      variables: device.variables,
    });
    return decoded.ok ? readMeasurements(decoded, { ...frame, receivedAt: heardAt }, device) : decoded;
  },
};

interface Device {
  readonly source: string;
  readonly assetId: string;
  readonly asset: RegisteredAsset;
  readonly assetType: AssetType;
  readonly codec: UplinkCodec;
  readonly variables: Readonly<Record<string, string>>;
}

/** The codec and the asset of a device; what the configuration does not know, no codec reads. */
function findDevice(source: string, { lorawan, assets, assetTypes }: CityConfig): Device | Refusal {
  const device = lorawan && Object.hasOwn(lorawan.devices, source) ? lorawan.devices[source] : undefined;
  const codec = device && lorawan?.codecs[device.codec];
  const asset = device && assets[device.asset];
  const assetType = asset && assetTypes[asset.assetType];
  if (!device || !codec || !asset || !assetType) {
    return refuse('unknown-schema', `device ${source} is not in the configuration, which would name its codec`);
  }
  return { source, assetId: device.asset, asset, assetType, codec, variables: device.variables ?? {} };
}

/** A codec that normalizes may give several measurements, each a reading; one that does not gives one. */
function readMeasurements(
  { data, normalized }: DecodedUplink,
  frame: UplinkFrame,
  device: Device,
): readonly DecodedReading[] | Refusal {
  if (!isObject(data)) return refuse('malformed', `the codec returned ${show(data)} as data, expected an object`);
  if (normalized === undefined) return [readMeasurement({}, data, 0, frame, device)];
  const measurements: readonly unknown[] = Array.isArray(normalized) ? normalized : [normalized];
  if (measurements.length === 0) return refuse('schema-violation', 'the codec returned no measurement');
  if (measurements.length > READINGS_PER_MESSAGE_MAX) {
    return refuse('too-large', `got ${measurements.length} measurements, expected at most ${READINGS_PER_MESSAGE_MAX}`);
  }
  return measurements.map((measurement, index) =>
    isObject(measurement)
      ? readMeasurement(measurement, index === 0 ? data : {}, index, frame, device)
      : refuse('malformed', `the codec returned ${show(measurement)}, expected a measurement`),
  );
}

function readMeasurement(
  measurement: JsonObject,
  data: JsonObject,
  index: number,
  { receivedAt, fCnt }: UplinkFrame,
  { source, assetId, asset, assetType, codec }: Device,
): DecodedReading {
  const lookUp = (path: string): unknown => valueAt(measurement, path) ?? valueAt(data, path) ?? undefined;
  const attributes: RawAttribute[] = [];
  for (const [name, field] of Object.entries(codec.attributes)) {
    const raw = lookUp(field.field);
    if (raw === undefined) continue;
    const value = readValue(raw, field, assetType.attributes[name]?.kind);
    if (typeof value === 'object') return value;
    attributes.push({ name, value, ...(field.unit !== undefined && { unit: field.unit }) });
  }
  const position = codec.position && readPosition(lookUp, codec.position);
  if (position && 'ok' in position) return position;
  if (attributes.length === 0 && !position) {
    const fields = [
      ...Object.values(codec.attributes).map(({ field }) => field),
      ...Object.values(codec.position ?? {}),
    ];
    return refuse('schema-violation', `the codec's answer has none of ${fields.join(', ')}`);
  }
  const observedAt = readTime(measurement, receivedAt);
  if (observedAt && !observedAt.ok) return observedAt;
  return {
    ok: true,
    kind: 'reading',
    assetId,
    assetType: asset.assetType,
    zone: asset.zone,
    source,
    ...(observedAt && { observedAtMs: observedAt.ms }),
    // Measurements of one uplink share its counter, and those of one time would be one dot.
    ...(index === 0 && { counter: BigInt(fCnt) }),
    attributes,
    ...(position && { position }),
    flags: observedAt?.coarse ? ['coarse-clock'] : [],
    attestation: 'none',
    schema: 0n,
  };
}

/** Nothing where there is no fix: a tracker then sends no angles, or nulls. */
function readPosition(
  lookUp: (path: string) => unknown,
  { latitude, longitude, altitude }: UplinkPosition,
): Position | Refusal | undefined {
  const [lat, lon] = [lookUp(latitude), lookUp(longitude)];
  if (lat === undefined || lon === undefined) return undefined;
  const alt = altitude === undefined ? undefined : lookUp(altitude);
  if (typeof lat !== 'number' || typeof lon !== 'number' || (alt !== undefined && typeof alt !== 'number')) {
    return refuse('schema-violation', `position: got ${show([lat, lon, alt])}, expected degrees and metres`);
  }
  return { longitude: lon, latitude: lat, ...(alt !== undefined && { altitude: alt }) };
}

/** A measurement that a device has kept for later says when it was. */
function readTime(measurement: JsonObject, receivedAt: ObservedAt | undefined): ObservedAt | Refusal | undefined {
  const { time } = measurement;
  return time === undefined || time === null ? receivedAt : parseIso(time);
}

/** A value by the names that lead to it; a list's elements are named by their numbers. */
function valueAt(root: JsonObject, path: string): unknown {
  let value: unknown = root;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as JsonObject)[name];
  }
  return value;
}
