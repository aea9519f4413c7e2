/** Good payloads of every format; most are written by hand. */

import { encode } from 'cborg';
import { envelop } from '../../core/codec/envelope/envelope.ts';
import { encodeObservationRecord } from '../../core/codec/observation-record.ts';
import { addElement, encodeDelta, encodeDeparture, startDeltaMessage } from '../../core/delta/encode.ts';
import { encodeFrame as wrap } from '../../core/fec/encode-frame.ts';
import { type Depth, DEPTHS } from '../../core/fec/link.ts';
import { spreadPayload } from '../../core/fec/spread.ts';
import { encodeFrame } from '../../core/sync/encode-frame.ts';
import { emptyTwin, merge } from '../../core/twin/join.ts';
import { RELEASED_SCHEMAS } from '../../lambdas/shared/schemas/released.ts';
import { observationOf } from '../core/codec/factories.ts';
import { awsIotWireless, chirpstack, thingsStack } from '../core/codec/lorawan/uplinks.ts';
import { deltaOf } from '../core/delta/deltas.ts';
import { EIGHT_MS, EXAMPLE, EXAMPLE_HEX } from '../core/sync/frames.ts';

const hex = (digits: string): Uint8Array => Buffer.from(digits.replaceAll(/\s/g, ''), 'hex');
const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** By the topic on which they come. */
export interface MessageSeeds {
  readonly name: string;
  readonly topic: string;
  readonly seeds: readonly Uint8Array[];
}

function schemaOf(name: string, version: number): bigint {
  const entry = RELEASED_SCHEMAS.find((each) => each.name === name && each.version === version);
  return BigInt(`0x${entry?.fingerprint ?? '0'}`);
}

const reading = {
  observedAt: '2026-11-21T08:00:00.000Z',
  counter: 4711,
  attributes: { occupiedSpotNumber: 61, totalSpotNumber: { value: 577, unitCode: 'C62' } },
  position: { lat: 1.2, lon: 103.8, alt: 12 },
};
const entity = {
  id: 'urn:ngsi-ld:AirQualityObserved:station-1',
  type: 'AirQualityObserved',
  no2: { type: 'Property', value: 69, unitCode: 'GQ', observedAt: '2026-11-21T07:59:00Z' },
  pm25: [{ type: 'Property', value: 7 }],
  dateObserved: {
    type: 'Property',
    value: { '@type': 'DateTime', '@value': '2026-11-21T07:00:00Z/2026-11-21T08:00:00Z' },
  },
  location: { type: 'GeoProperty', value: { type: 'Point', coordinates: [-3.7, 40.4] } },
};
const pack = [
  { bn: 'mast/', bt: 1_795_248_000, n: 'temperature', u: 'Cel', v: 21.5 },
  { n: 'relativeHumidity', u: '%RH', v: 40, t: 1 },
  { n: 'lat', u: 'lat', v: 52.4 },
  { n: 'lon', u: 'lon', v: -1.9 },
];
const labels = [
  new Map<unknown, unknown>([
    [-2, 'mast/'],
    [-3, 1_795_248_000.5],
    [0, 'temperature'],
    [1, 'Cel'],
    [2, 21.5],
  ]),
];

/** The frame of docs/formats.md, one with a signed position, and a heartbeat. */
export const FRAMES: readonly Uint8Array[] = [
  hex(EXAMPLE_HEX),
  encodeFrame({
    ...EXAMPLE,
    kind: 'snapshot',
    readings: [
      {
        assetId: 'bus-50',
        assetType: 'Vehicle',
        sensor: 'gps',
        stamp: BigInt(EIGHT_MS) * 1_000_000n,
        attributes: new Map<string, number | string>([
          ['speed', 12.25],
          ['heading', 270],
        ]),
        position: { longitude: -1.9, latitude: 52.4, altitude: 120 },
        seen: new Map([['position', new Map([['gps', BigInt(EIGHT_MS) * 1_000_000n - 1n]])]]),
        attestation: {
          keyId: 'key-1',
          bootId: 7n,
          counter: 1_000_000n,
          gnssAtMs: EIGHT_MS,
          hdop: 0.9,
          satellites: 11,
          previousHash: new Uint8Array(32).fill(3),
          signature: new Uint8Array(64).fill(5),
        },
      },
    ],
  }),
  encodeFrame({
    ...EXAMPLE,
    kind: 'heartbeat',
    digest: {
      root: 2n ** 64n - 1n,
      assets: 1,
      heldFrom: 2,
      sums: Array.from({ length: 256 }, (_, bucket) => BigInt(bucket)),
      listings: new Map([[7, [{ assetId: 'a', attribute: 'b', sensor: 'c', stamp: 1n }]]]),
    },
  }),
];

function wrapped(payload: Uint8Array, depth: Depth): Uint8Array {
  const encoded = wrap(payload, { depth });
  if (!encoded.ok) throw new Error(encoded.detail);
  return encoded.frame;
}

export const FEC_FRAMES: readonly Uint8Array[] = DEPTHS.map((depth) => wrapped(FRAMES[0] ?? new Uint8Array(), depth));

function datagrams(): readonly Uint8Array[] {
  const spread = spreadPayload(hex(EXAMPLE_HEX), 7);
  if (!spread.ok) throw new Error(spread.detail);
  return spread.datagrams;
}

export const DATAGRAMS = datagrams();

export const MESSAGES: readonly MessageSeeds[] = [
  {
    name: 'json-reading',
    topic: 'dt/centre/OffStreetParking/garage/gate',
    seeds: [json(reading), json([reading, reading])],
  },
  {
    name: 'mapped-json',
    topic: 'sensors/parking/lotA',
    seeds: [json({ sensor_id: 'lotA-17', status: 'occupied', timestamp: 1795248000 })],
  },
  { name: 'ngsi-ld', topic: 'dt/centre/AirQualityObserved/station-1/analyser', seeds: [json(entity), json([entity])] },
  { name: 'senml-json', topic: 'dt/edgbaston/WeatherObserved/roof/mast', seeds: [json(pack)] },
  {
    name: 'senml-cbor',
    topic: 'dt/edgbaston/WeatherObserved/roof/mast',
    seeds: [encode(labels), encode([...labels, ...labels])],
  },
  {
    name: 'avro',
    topic: 'dt/eastside/ParkingSpot/lotA-17/sensor',
    seeds: [
      envelop(schemaOf('parking-spot', 2), hex('80b0f4d1bf68 ce49 02 02 00409143')),
      envelop(schemaOf('parking-spot', 1), hex('80b0f4d1bf68 ce49 02')),
    ],
  },
  {
    name: 'protobuf',
    topic: 'dt/centre/TrafficFlowObserved/loop/detector',
    seeds: [2, 1].map((version) =>
      envelop(schemaOf('traffic-flow', version), hex('09008c1efda1010000 1005 188407 2500004242')),
    ),
  },
  { name: 'carried-entity', topic: 'sensors/ngsi/broker', seeds: [json([entity])] },
  { name: 'carried-pack', topic: 'sensors/senml/mast', seeds: [json(pack), encode(labels)] },
  {
    name: 'lorawan-uplink',
    topic: 'lorawan/chirpstack/0007ee00000a1b2c/up',
    seeds: [chirpstack, thingsStack, awsIotWireless].map(json),
  },
  { name: 'sync-frame', topic: 'dt/centre/gateway/gw-7/frames', seeds: FRAMES },
  { name: 'fec-frame', topic: 'dt/centre/gateway/gw-7/frames/fec', seeds: FEC_FRAMES },
];

export const COMMANDS: readonly Uint8Array[] = [
  '0801 1001 1807 3802 0803 100c',
  '0801 1002 1807 2001',
  '0801 1001 1807 3205 0a03 01c801',
  '0801 1001 1807 3a14 0a12 0a01 61 1201 62 1a01 63 21 ffffffffffffffff',
  '0801 1001 1807 2005 2a14 0a01 61 1201 62 19 0100000000000000 2203 6f6f72',
  '0801 100a 188827',
].map(hex);

function observations() {
  return [
    observationOf({ assetType: 'ParkingSpot', attributes: new Map([['status', 'free']]) }),
    observationOf({
      position: { longitude: 1, latitude: 2, altitude: 3 },
      seen: new Map([['taken', new Map([['gate', 7n]])]]),
    }),
  ];
}

export const RECORDS: readonly Uint8Array[] = [
  encodeObservationRecord(observations()),
  encodeObservationRecord(observations().slice(0, 1)),
];

function deltas(): Uint8Array {
  const { twin } = merge(emptyTwin('garage', 'ParkingSpot', 'north', true), [
    observationOf({
      attributes: new Map<string, number | string>([
        ['intensity', 5],
        ['status', 'free'],
      ]),
    }),
    observationOf({
      source: 'camera',
      attributes: new Map([['intensity', 7]]),
      position: { longitude: 1, latitude: 2 },
    }),
  ]);
  const message = startDeltaMessage();
  addElement(message, encodeDelta(deltaOf(twin, 3, EIGHT_MS)));
  const to = { zone: 'south', tile: 'none' };
  addElement(message, encodeDeparture({ assetId: 'bus', version: 4, resolvedAtMs: EIGHT_MS, to }));
  return message.finish();
}

export const DELTAS: readonly Uint8Array[] = [deltas()];

/** What the topic rules write into the stream. */
export const INGEST_RECORDS: readonly Uint8Array[] = [
  json({
    payload: Buffer.from(json(reading)).toString('base64'),
    topic: 'dt/centre/OffStreetParking/garage/gate',
    receivedAtMs: EIGHT_MS,
    clientId: 'gate',
    messageId: 'trace-1',
    redrive: { times: 1, count: 1, places: [0] },
  }),
];

export const SLOT_REQUESTS: readonly Uint8Array[] = [
  json({ requestId: 'cam-1/1', bytes: 1_843_200, sha256: 'ab'.repeat(32), contentType: 'image/jpeg' }),
];

/** What a gateway's configuration may be written in; the whole of one is in the tests of its reader. */
export const GATEWAY_YAMLS: readonly Uint8Array[] = [
  Buffer.from(`edge_gateway_v3:
  identity: { gateway_id: gw-7, zone: centre, asset_id: junction-12 }
  hardware_interfaces:
    inductive_loops:
      - { protocol: modbus_tcp, address: "127.0.0.1:502", polling_rate_hz: 100, publish_to: ["dlt://traffic/loop/count"] }
  failure_mode_policies:
    power_brownout: { undervoltage_threshold_mv: 11500, critical_topics: ["dlt://traffic/loop/count"] }
`),
];
