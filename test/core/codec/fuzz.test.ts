import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { decodeMessage, NO_PORTS } from '../../../core/codec/decode.ts';
import { envelop } from '../../../core/codec/envelope/envelope.ts';
import { normalize } from '../../../core/codec/normalize.ts';
import { REJECT_REASONS } from '../../../core/reason.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import { compileSchema } from '../../../lambdas/shared/schemas/compile-schema.ts';
import { RELEASED_SCHEMAS } from '../../../lambdas/shared/schemas/released.ts';
import { messageOf } from './factories.ts';
import { awsIotWireless, chirpstack, thingsStack } from './lorawan/uplinks.ts';

/** Over all formats; a nightly run asks for a million. */
const CASES = Number(process.env['FUZZ_CASES'] ?? 20_000);
/** Of one message, on a machine that does something else besides. What hangs takes far longer. */
const DECODE_MS_MAX = 50;

const city = validateCityConfig(config);
const stage = city.stages.dev;
const compiled = new Map(RELEASED_SCHEMAS.map((entry) => [BigInt(`0x${entry.fingerprint}`), compileSchema(entry)]));
const ports = {
  ...NO_PORTS,
  schemas: { find: (fingerprint: bigint) => compiled.get(fingerprint) },
  // Uplinks alone are fuzzed here: what runs in QuickJS is stopped by its deadline.
  codecs: { run: () => ({ ok: true, data: { occupied: true } }) as const },
};

interface Seed {
  readonly format: string;
  readonly topic: string;
  readonly bytes: Uint8Array;
}

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const schemaOf = (name: string): bigint =>
  BigInt(`0x${RELEASED_SCHEMAS.findLast((each) => each.name === name)?.fingerprint ?? '0'}`);
const entity = {
  id: 'urn:ngsi-ld:AirQualityObserved:station-1',
  type: 'AirQualityObserved',
  no2: { type: 'Property', value: 69, unitCode: 'GQ', observedAt: '2026-11-21T07:59:00Z' },
  location: { type: 'GeoProperty', value: { type: 'Point', coordinates: [-3.7, 40.4] } },
};
const pack = [
  { bn: 'mast/', bt: 1_795_248_000, n: 'temperature', u: 'Cel', v: 21.5 },
  { n: 'relativeHumidity', u: '%RH', v: 40 },
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

const SEEDS: readonly Seed[] = [
  {
    format: 'reading',
    topic: 'dt/centre/OffStreetParking/garage/gate',
    bytes: json({
      observedAt: '2026-11-21T08:00:00.000Z',
      counter: 4711,
      attributes: { occupiedSpotNumber: 61, totalSpotNumber: 577 },
      position: { lat: 1.2, lon: 103.8 },
    }),
  },
  {
    format: 'mapped',
    topic: 'sensors/parking/lotA',
    bytes: json({ sensor_id: 'lotA-17', status: 'occupied', timestamp: 1795248000 }),
  },
  { format: 'ngsi-ld', topic: 'dt/centre/AirQualityObserved/station-1/analyser', bytes: json(entity) },
  { format: 'senml', topic: 'dt/edgbaston/WeatherObserved/roof/mast', bytes: json(pack) },
  { format: 'senml-cbor', topic: 'dt/edgbaston/WeatherObserved/roof/mast', bytes: encode(labels) },
  {
    format: 'avro',
    topic: 'dt/eastside/ParkingSpot/lotA-17/sensor',
    bytes: envelop(schemaOf('parking-spot'), Buffer.from('80bbc8e8be680a02020040914 3'.replace(' ', ''), 'hex')),
  },
  {
    format: 'protobuf',
    topic: 'dt/centre/TrafficFlowObserved/loop/detector',
    bytes: envelop(
      schemaOf('traffic-flow'),
      Buffer.from('0900dcb9fca10100001005188407250000424 22d0000803e'.replace(' ', ''), 'hex'),
    ),
  },
  ...[chirpstack, thingsStack, awsIotWireless].map((uplink, index) => ({
    format: ['chirpstack', 'things-stack', 'aws'][index] ?? '',
    topic: 'lorawan/chirpstack/0007ee00000a1b2c/up',
    bytes: json(uplink),
  })),
];

/** Marsaglia's xorshift with 32 bits: one number replays a run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const HOSTILE = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x80, 0x80, 0x80, 0x80, 0x80],
  [0x5b, 0x5b, 0x5b, 0x5b],
  [0x7b, 0x22, 0x22, 0x3a],
];

/** One mutation of a message, or random bytes behind its first few. */
function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const kind = random(5);
  if (kind === 0) return copy.subarray(0, random(copy.length));
  if (kind === 1) {
    for (let flips = 1 + random(4); flips > 0; flips -= 1) {
      const at = random(copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
    }
    return copy;
  }
  if (kind === 2) {
    const start = random(Math.min(12, copy.length));
    for (let index = start; index < copy.length; index += 1) copy[index] = random(256);
    return copy;
  }
  const lengths = HOSTILE[random(HOSTILE.length)] ?? [];
  if (kind === 3) {
    const at = random(copy.length);
    return Uint8Array.from([...copy.subarray(0, at), ...lengths, ...copy.subarray(at)]);
  }
  return Uint8Array.from(Array.from({ length: 1 + random(200) }, () => lengths).flat());
}

/** Decodes and validates; throws where there is a crash, and tells what is neither an observation nor a refusal with reason. */
function expectReason({ topic }: Seed, bytes: Uint8Array): void {
  const message = messageOf(bytes, { topic });
  const startMs = performance.now();
  const { observations, kept } = normalize(message, { city, stage, assets: new Map() }, ports);
  const tookMs = performance.now() - startMs;
  const isReasoned = kept.every(
    ({ reason, detail }) => ([...REJECT_REASONS, 'not-authorized'] as string[]).includes(reason) && detail !== '',
  );
  if (observations.length + kept.length > 0 && isReasoned && tookMs < DECODE_MS_MAX) return;
  // Once more before it is called a hang: the thread may have been put aside.
  const againMs = performance.now();
  normalize(message, { city, stage, assets: new Map() }, ports);
  const isInTime = performance.now() - againMs < DECODE_MS_MAX;
  const hex = Buffer.from(bytes).toString('hex');
  expect({ topic, hex, kept, isReasoned, isInTime }).toEqual({ topic, hex, kept, isReasoned: true, isInTime: true });
}

describe('every format', () => {
  it.each(SEEDS)('$format decodes its seed', ({ topic, bytes }) => {
    const { readings } = decodeMessage(messageOf(bytes, { topic }), city, ports);
    expect(readings.length).toBeGreaterThan(0);
    expect(readings).toEqual(readings.map(() => expect.objectContaining({ ok: true })));
  });

  it.each(SEEDS)('$format cut at every byte has a reason', (seed) => {
    for (let length = 0; length < seed.bytes.length; length += 1) expectReason(seed, seed.bytes.subarray(0, length));
  });

  it.each(SEEDS)('$format with any bit turned has a reason', (seed) => {
    for (let bit = 0; bit < seed.bytes.length * 8; bit += 1) {
      const bytes = Uint8Array.from(seed.bytes);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expectReason(seed, bytes);
    }
  });

  it.each(SEEDS)(`$format mutated has a reason, ${CASES} cases over all`, { timeout: 60_000 + CASES * 10 }, (seed) => {
    const random = randomOf(0x5eed + seed.format.length * 31);
    for (let count = Math.ceil(CASES / SEEDS.length); count > 0; count -= 1)
      expectReason(seed, mutate(seed.bytes, random));
  });
});

const SUITE = fileURLToPath(new URL('../../../../shared/data/bad-input/JSONTestSuite/test_parsing', import.meta.url));
const files = existsSync(SUITE) ? readdirSync(SUITE) : [];
const absent = files.length > 0 ? '' : ' (skipped: ../shared/data/bad-input is not there)';

describe.skipIf(files.length === 0)(`JSONTestSuite${absent}`, () => {
  it('is refused in every JSON format: what is no JSON as malformed, what is and no reading with another reason', () => {
    for (const file of files) {
      const bytes = readFileSync(join(SUITE, file));
      for (const { format, topic } of SEEDS.filter(
        ({ format }) => !['avro', 'protobuf', 'senml-cbor'].includes(format),
      )) {
        const { readings } = decodeMessage(messageOf(bytes, { topic }), city, ports);
        expect({ file, format, ok: readings.some(({ ok }) => ok) }).toEqual({ file, format, ok: false });
        if (!file.startsWith('n_')) continue;
        expect({ file, format, reasons: readings.map((each) => (each.ok ? '' : each.reason)) }).toEqual({
          file,
          format,
          reasons: ['malformed'],
        });
      }
    }
  });
});
