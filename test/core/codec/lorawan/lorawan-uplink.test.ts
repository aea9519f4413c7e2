import { describe, expect, it } from 'vitest';
import config from '../../../../cityweave.config.ts';
import { decodeMessage, NO_PORTS } from '../../../../core/codec/decode.ts';
import type { DecodedReading } from '../../../../core/codec/decoder.ts';
import { normalize } from '../../../../core/codec/normalize.ts';
import type { DecodedUplink, Uplink } from '../../../../core/ports.ts';
import { refuse, type Refusal } from '../../../../core/reason.ts';
import type { CityConfig } from '../../../../core/schema/city-config.ts';
import { validateCityConfig } from '../../../../core/schema/validate-config.ts';
import { EIGHT_O_CLOCK_MS, messageOf } from '../factories.ts';
import { awsIotWireless, chirpstack, thingsStack } from './uplinks.ts';

const city: CityConfig = validateCityConfig({
  ...config,
  lorawan: {
    ...config.lorawan,
    devices: { 'city/0007ee00000a1b2c': { asset: 'lotA-18', codec: 'bosch-tps110', variables: { lane: '2' } } },
  },
  assets: { ...config.assets, 'lotA-18': { ...config.assets['lotA-18'], sources: ['city/0007ee00000a1b2c'] } },
});
const TOPIC = 'lorawan/city/0007ee00000a1b2c/up';
const ANSWER: DecodedUplink = { ok: true, data: { occupied: false, temperature: -2 } };

/** Decodes one uplink, with a codec that answers as told and writes down what it is given. */
function decode(
  payload: unknown,
  { topic = TOPIC, answer = ANSWER }: { topic?: string; answer?: DecodedUplink | Refusal } = {},
): { readings: readonly DecodedReading[]; runs: { file: string; uplink: Uplink }[] } {
  const runs: { file: string; uplink: Uplink }[] = [];
  const codecs = {
    run: (file: string, uplink: Uplink): DecodedUplink | Refusal => {
      runs.push({ file, uplink });
      return answer;
    },
  };
  return { readings: decodeMessage(messageOf(payload, { topic }), city, { ...NO_PORTS, codecs }).readings, runs };
}

describe('a tracker', () => {
  const codec = config.lorawan.codecs['bosch-tps110'];
  const position = { latitude: 'gps.lat', longitude: 'gps.lon', altitude: 'gps.alt' };
  const tracking = validateCityConfig({
    ...city,
    lorawan: { ...city.lorawan, codecs: { ...city.lorawan?.codecs, 'bosch-tps110': { ...codec, position } } },
  });

  function track(data: unknown): readonly DecodedReading[] {
    const codecs = { run: () => ({ ok: true, data }) as const };
    return decodeMessage(messageOf(chirpstack, { topic: TOPIC }), tracking, { ...NO_PORTS, codecs }).readings;
  }

  it('says where it is, with or without anything else', () => {
    const gps = { lat: 52.4, lon: -1.9, alt: 120 };
    const place = { latitude: 52.4, longitude: -1.9, altitude: 120 };
    expect(track({ gps, occupied: true })).toMatchObject([{ attributes: [{ value: 'occupied' }], position: place }]);
    expect(track({ gps })).toMatchObject([{ attributes: [], position: place }]);
    expect(track({ gps: { ...gps, alt: null } })[0]).toMatchObject({ position: { latitude: 52.4, longitude: -1.9 } });
  });

  it('without a fix says the rest, and nothing where there is none', () => {
    const [reading] = track({ gps: { lat: null, lon: -1.9 }, occupied: true });
    expect(reading).toMatchObject({ ok: true, attributes: [{ value: 'occupied' }] });
    expect(reading).not.toHaveProperty('position');
    expect(track({ gps: {} })).toMatchObject([{ ok: false, reason: 'schema-violation' }]);
    expect(track({ gps: { lat: '52.4', lon: -1.9 } })).toMatchObject([{ ok: false, reason: 'schema-violation' }]);
  });
});

const READING = {
  ok: true,
  kind: 'reading',
  assetId: 'lotA-18',
  assetType: 'ParkingSpot',
  zone: 'eastside',
  source: 'city/0007ee00000a1b2c',
  counter: 4242n,
  attributes: [
    { name: 'status', value: 'free' },
    { name: 'temperature', value: -2 },
  ],
  flags: [],
  attestation: 'none',
  schema: 0n,
};

describe('an uplink', () => {
  it.each([
    ['ChirpStack v4', chirpstack, EIGHT_O_CLOCK_MS - 1225],
    ['The Things Stack v3', thingsStack, EIGHT_O_CLOCK_MS - 1225],
    ['AWS IoT Wireless', awsIotWireless, EIGHT_O_CLOCK_MS - 2000],
  ])('of %s goes through the device’s codec and becomes a reading', (name, uplink, observedAtMs) => {
    const { readings, runs } = decode(uplink);
    const bytes = Uint8Array.of(2, 254);
    expect(
      runs.map(({ uplink: given, ...rest }) => ({ ...rest, ...given, bytes: Uint8Array.from(given.bytes) })),
    ).toEqual([{ file: 'bosch-tps110.js', bytes, fPort: 2, recvTimeMs: observedAtMs, variables: { lane: '2' } }]);
    const flags = name === 'AWS IoT Wireless' ? ['coarse-clock'] : [];
    expect(readings).toEqual([{ ...READING, observedAtMs, flags }]);
  });

  it.each([
    [
      'Fport, DevEUI and fcnt',
      awsIotWireless,
      (text: string) => text.replace('FPort', 'Fport').replace('DevEui', 'DevEUI').replace('FCnt', 'fcnt'),
    ],
    [
      'protobuf’s own names',
      chirpstack,
      (text: string) =>
        text
          .replace('deviceInfo', 'device_info')
          .replace('devEui', 'dev_eui')
          .replace('fCnt', 'f_cnt')
          .replace('fPort', 'f_port'),
    ],
    [
      'camel case',
      thingsStack,
      (text: string) => text.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    ],
    ['an EUI in upper case', chirpstack, (text: string) => text.replace('0007ee00000a1b2c', '0007EE00000A1B2C')],
  ])('may be written with %s', (_, uplink, rewrite) => {
    const rewritten: unknown = JSON.parse(rewrite(JSON.stringify(uplink)));
    expect(JSON.stringify(rewritten)).not.toBe(JSON.stringify(uplink));
    expect(decode(rewritten).readings).toMatchObject([{ ...READING, flags: expect.anything() }]);
    expect(decode(uplink, { topic: TOPIC.replace('a1b2c', 'A1B2C') }).readings).toMatchObject([
      { source: READING.source },
    ]);
  });

  it('whose counter and port are 0, which protobuf leaves out, is read', () => {
    const { fCnt: _count, fPort: _port, ...rest } = chirpstack;
    expect(decode(rest)).toMatchObject({ readings: [{ counter: 0n }], runs: [{ uplink: { fPort: 0 } }] });
  });

  it('heard by other gateways and sent again is the same dot', () => {
    const again = { ...chirpstack, deduplicationId: 'another', rxInfo: [{ gatewayId: 'another', rssi: -99 }] };
    const stamps = [chirpstack, again].map((uplink) => {
      const context = { city, stage: city.stages.dev, assets: new Map(Object.entries(city.assets)) };
      const message = messageOf(uplink, { topic: TOPIC });
      return normalize(message, context, { ...NO_PORTS, codecs: { run: () => ANSWER } }).observations.map(
        ({ stamp }) => stamp,
      );
    });
    expect(stamps).toEqual([[BigInt(EIGHT_O_CLOCK_MS - 1225) * 1_000_000n + 4242n], stamps[0]]);
  });
});

it('a copy of an uplink is of the time that memory tells', () => {
  const uplinks = {
    firstHeardAtMs: (source: string, fCnt: number, bytes: Uint8Array, heardAtMs: number) => {
      expect([source, fCnt, Buffer.from(bytes).toString('hex'), heardAtMs]).toEqual([
        READING.source,
        4242,
        '02fe',
        EIGHT_O_CLOCK_MS - 1225,
      ]);
      return EIGHT_O_CLOCK_MS - 5000;
    },
  };
  const ports = { ...NO_PORTS, uplinks, codecs: { run: () => ANSWER } };
  expect(decodeMessage(messageOf(chirpstack, { topic: TOPIC }), city, ports).readings).toMatchObject([
    { observedAtMs: EIGHT_O_CLOCK_MS - 5000, counter: 4242n },
  ]);
});

describe('what a codec returns', () => {
  it('may be several measurements, each with its time; those without have a tie of their own', () => {
    const normalized = [
      { temperature: 1 },
      { temperature: 2, time: '2026-11-21T07:00:00.000Z' },
      { temperature: 3 },
      'none',
      { humidity: 4 },
    ];
    const { readings } = decode(chirpstack, { answer: { ok: true, data: { occupied: true }, normalized } });
    expect(readings).toMatchObject([
      { counter: 4242n, attributes: [{ value: 'occupied' }, { value: 1 }], observedAtMs: EIGHT_O_CLOCK_MS - 1225 },
      { attributes: [{ value: 2 }], observedAtMs: EIGHT_O_CLOCK_MS - 3_600_000 },
      { attributes: [{ value: 3 }], observedAtMs: EIGHT_O_CLOCK_MS - 1225 },
      { reason: 'malformed' },
      { reason: 'schema-violation' },
    ]);
    expect(readings.map((reading) => 'counter' in reading)).toEqual([true, false, false, false, false]);
  });

  it.each([
    ['its refusal', refuse('malformed', 'too short'), 'malformed'],
    ['no object', { ok: true, data: 5 }, 'malformed'],
    ['nothing of what is wanted', { ok: true, data: { status: 3 } }, 'schema-violation'],
    ['another kind', { ok: true, data: { temperature: 'warm' } }, 'schema-violation'],
    ['no measurement', { ok: true, data: {}, normalized: [] }, 'schema-violation'],
    ['too many', { ok: true, data: {}, normalized: Array.from({ length: 1001 }, () => ({})) }, 'too-large'],
  ] as const)('is kept when it is %s', (_, answer, reason) => {
    expect(decode(chirpstack, { answer }).readings).toMatchObject([{ ok: false, reason }]);
  });
});

describe('an uplink is refused', () => {
  it.each([
    [
      'of another device than its topic names',
      { ...chirpstack, deviceInfo: { devEui: '0007ee00000a1b2d' } },
      {},
      'not-authorized',
    ],
    [
      'of a network that the device is not in',
      chirpstack,
      { topic: 'lorawan/other/0007ee00000a1b2c/up' },
      'unknown-schema',
    ],
    ['on a topic with a level more', chirpstack, { topic: `${TOPIC}/x` }, 'unknown-schema'],
    ['on a topic with a short EUI', chirpstack, { topic: 'lorawan/city/0007ee00000a1b2/up' }, 'unknown-schema'],
    ['of no network server known', { devEui: '0007ee00000a1b2c', payload: '00' }, {}, 'schema-violation'],
    ['without a payload', { ...chirpstack, data: '' }, {}, 'schema-violation'],
    ['whose payload is not base64', { ...chirpstack, data: 'zz=' }, {}, 'schema-violation'],
    ['with a port beyond 255', { ...chirpstack, fPort: 256 }, {}, 'schema-violation'],
    ['with a counter beyond 32 bits', { ...chirpstack, fCnt: 2 ** 32 }, {}, 'schema-violation'],
    ['with a time that is none', { ...chirpstack, time: 'now' }, {}, 'schema-violation'],
    ['in a list', [chirpstack], {}, 'schema-violation'],
    ['that is not JSON', Buffer.from('{'), {}, 'malformed'],
  ])('%s', (_, payload, options, reason) => {
    expect(decode(payload, options)).toMatchObject({ readings: [{ ok: false, reason }], runs: [] });
  });

  it('where nothing runs codecs', () => {
    expect(decodeMessage(messageOf(chirpstack, { topic: TOPIC }), city).readings).toMatchObject([
      { reason: 'processing-failed' },
    ]);
  });
});

describe('the configuration', () => {
  const device = { asset: 'lotA-18', codec: 'bosch-tps110' };
  const { lorawan } = config;

  it.each([
    [
      'an EUI in upper case',
      { devices: { 'city/0007EE00000A1B2C': device } },
      'lorawan.devices["city/0007EE00000A1B2C"]',
    ],
    [
      'an asset that is not there',
      { devices: { 'city/0007ee00000a1b2c': { ...device, asset: 'x' } } },
      '.asset: got "x"',
    ],
    [
      'a codec that is not there',
      { devices: { 'chirpstack/0007ee00000a1b2c': { ...device, codec: 'x' } } },
      '.codec: got "x"',
    ],
    [
      'a device that its asset does not name',
      { devices: { 'city/0007ee00000a1b2c': device } },
      'an asset whose sources name city/0007ee00000a1b2c',
    ],
    [
      'a codec for another type',
      { devices: { 'ttn/e8e1e1000101a2b3': { ...device, asset: 'noise-fazeley-street' } } },
      'one of LAeq, LAS',
    ],
    [
      'a file elsewhere',
      { codecs: { x: { description: 'x', file: '../x.js', attributes: { status: { field: 'x' } } } } },
      'the name of a file',
    ],
  ])('must not have %s', (_, changes, message) => {
    expect(() => validateCityConfig({ ...config, lorawan: { ...lorawan, ...changes } })).toThrow(message);
  });
});
