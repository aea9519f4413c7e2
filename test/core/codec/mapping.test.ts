import { existsSync, readFileSync } from 'node:fs';
import { assert, describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { decodeMessage } from '../../../core/codec/decode.ts';
import { encodeName } from '../../../core/codec/encode-name.ts';
import { applyMapping } from '../../../core/codec/mapping.ts';
import { validateReading } from '../../../core/codec/validate-reading.ts';
import type { CityConfig, PayloadMapping } from '../../../core/schema/city-config.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import { smallCity } from '../schema/small-city.ts';
import { draftOf, EIGHT_O_CLOCK_MS, messageOf } from './factories.ts';

const city: CityConfig = validateCityConfig(config);

describe('encodeName', () => {
  it.each([
    ['lotA-17', 'lotA-17'],
    ['urn:x:1.2', 'urn:x:1.2'],
    ['NIA Car Parks', 'NIA_20Car_20Parks'],
    ['a_b', 'a_5Fb'],
    ['50%', '50_25'],
    ['Größe', 'Gr_C3_B6_C3_9Fe'],
    ['🚲', '_F0_9F_9A_B2'],
    ['a/b', 'a_2Fb'],
    ['', ''],
  ])('writes %j as %s', (text, name) => {
    expect(encodeName(text)).toBe(name);
  });
});

const { CarPark: carPark } = smallCity.assetTypes;
assert(carPark);

const mapping: PayloadMapping = {
  description: 'a file of a car park',
  file: { format: 'csv' },
  assetType: 'CarPark',
  zone: 'north',
  assetId: 'park',
  sensorId: 'loop',
  observedAt: { field: 'at', format: 'local', timeZone: 'Europe/London' },
  attributes: {
    taken: { field: 'n' },
    temperature: { field: 'f', unit: 'FAH' },
    open: { field: 'open' },
    status: { field: 'state', values: { '0': 'ok', E: 'broken' } },
    note: { field: 'note' },
  },
};

const row = {
  park: 'P 1',
  loop: 7,
  at: '2016-10-04 07:59:42',
  n: '61',
  f: 68,
  open: 'true',
  state: 0,
  note: '12',
  other: null,
};

describe('applyMapping', () => {
  it('makes a row a reading of what its columns say', () => {
    expect(applyMapping(mapping, 'counts', row, carPark)).toEqual(
      draftOf({
        assetId: 'P_201',
        source: 'counts/7',
        observedAtMs: Date.UTC(2016, 9, 4, 6, 59, 42),
        attributes: [
          { name: 'taken', value: 61 },
          { name: 'temperature', value: 68, unit: 'FAH' },
          { name: 'open', value: true },
          { name: 'status', value: 'ok' },
          { name: 'note', value: '12' },
        ],
        flags: ['coarse-clock'],
      }),
    );
  });

  it.each<[Record<string, unknown>, string]>([
    [{ park: undefined }, 'field "park" is missing, and mapping counts needs it'],
    [{ loop: null }, 'field "loop" is missing'],
    [{ at: '' }, 'field "at" is missing'],
    [{ n: '' }, 'field "n" is missing'],
    [{ park: 1.5 }, 'field "park": got 1.5'],
    [{ park: {} }, 'field "park": got {}'],
    [{ park: 'x'.repeat(65) }, 'does not encode to a name of 1 to 64 characters'],
    [{ park: 'ä'.repeat(11) }, 'does not encode to a name of 1 to 64 characters'],
    [{ loop: true }, 'field "loop": got true'],
    [{ at: '2016-03-27 01:30:00' }, 'expected a time that clocks in Europe/London showed'],
    [{ n: 'NA' }, 'field "n": got "NA", expected a number'],
    [{ n: ' 61' }, 'field "n": got " 61", expected a number'],
    [{ n: '0x3d' }, 'field "n": got "0x3d", expected a number'],
    [{ n: '1e999' }, 'field "n": got "1e999", expected a number'],
    [{ n: 'Infinity' }, 'field "n": got "Infinity", expected a number'],
    [{ n: true }, 'field "n": got true, expected a number'],
    [{ open: 'yes' }, 'field "open": got "yes", expected true or false'],
    [{ open: 1 }, 'field "open": got 1, expected true or false'],
    [{ state: 'X' }, 'field "state": got "X", expected one of 0, E'],
    [{ state: 'constructor' }, 'field "state": got "constructor", expected one of 0, E'],
    [{ note: 12 }, 'field "note": got 12, expected a text'],
  ])('refuses a row with %j', (change, detail) => {
    expect(applyMapping(mapping, 'counts', { ...row, ...change }, carPark)).toMatchObject({
      ok: false,
      reason: 'schema-violation',
      detail: expect.stringContaining(detail),
    });
  });

  it.each<[PayloadMapping['observedAt']['format'], unknown, number, boolean]>([
    ['iso', '2026-11-21T08:00:00.000Z', EIGHT_O_CLOCK_MS, false],
    ['epoch-s', 1_795_248_000, EIGHT_O_CLOCK_MS, true],
    ['epoch-s', '1795248000', EIGHT_O_CLOCK_MS, true],
    ['epoch-ms', EIGHT_O_CLOCK_MS, EIGHT_O_CLOCK_MS, false],
    ['epoch-ms', String(EIGHT_O_CLOCK_MS), EIGHT_O_CLOCK_MS, false],
  ])('reads times as %s', (format, at, observedAtMs, coarse) => {
    const timed = { ...mapping, observedAt: { field: 'at', format } };
    expect(applyMapping(timed, 'counts', { ...row, at }, carPark)).toMatchObject({
      observedAtMs,
      flags: coarse ? ['coarse-clock'] : [],
    });
  });
});

describe('a legacy payload on sensors/…', () => {
  const sensor = { sensor_id: 'lotA-17', status: 'occupied', timestamp: 1_795_248_000 };
  const readingsOf = (payload: unknown, topic = 'sensors/parking/lotA') =>
    decodeMessage(messageOf(payload, { topic }), city).readings;

  it('is read as it is by the mapping of its topic', () => {
    expect(readingsOf(sensor)).toEqual([
      draftOf({
        assetId: 'lotA-17',
        assetType: 'ParkingSpot',
        zone: 'eastside',
        source: 'parking-sensor/lotA-17',
        attributes: [{ name: 'status', value: 'occupied' }],
        flags: ['coarse-clock'],
      }),
    ]);
  });

  it('may be one of a list, and may hold more than the mapping needs', () => {
    expect(readingsOf([sensor, { ...sensor, battery: 3.1 }, 'x'])).toMatchObject([
      { ok: true },
      { ok: true },
      { ok: false, reason: 'schema-violation' },
    ]);
  });

  it.each(['sensor_id', 'status', 'timestamp'])('needs its key %s', (key) => {
    expect(readingsOf({ ...sensor, [key]: undefined })).toEqual([
      {
        ok: false,
        reason: 'schema-violation',
        detail: `field "${key}" is missing, and mapping parking-sensor needs it`,
      },
    ]);
  });

  it('is malformed where it is not JSON, and of no known schema on a topic without a mapping', () => {
    expect(readingsOf(Buffer.from('lotA-17;occupied'))).toMatchObject([{ reason: 'malformed' }]);
    expect(readingsOf(sensor, 'sensors/noise/lotA')).toMatchObject([{ reason: 'unknown-schema' }]);
    expect(readingsOf(sensor, 'sensors/parking/lotA/17')).toMatchObject([{ reason: 'unknown-schema' }]);
  });

  it('goes to the first mapping of its topic whose fields are all there', () => {
    const { old } = smallCity.mappings;
    assert(old);
    const newer = { ...old, assetId: 'serial' };
    const both: CityConfig = { ...smallCity, mappings: { old, newer } };
    const read = (payload: unknown) => decodeMessage(messageOf(payload, { topic: 'sensors/parking/x' }), both).readings;
    expect(read({ id: 'a', at: 1, n: 2 })).toMatchObject([{ source: 'old/a' }]);
    expect(read({ serial: 'b', at: 1, n: 2 })).toMatchObject([{ source: 'newer/b' }]);
    expect(read({ at: 1, n: 2 })).toMatchObject([
      { ok: false, detail: expect.stringContaining('mapping old needs it') },
    ]);
  });
});

const FILE = new URL('../../../../shared/data/parking-birmingham/dataset.csv', import.meta.url);
const absent = existsSync(FILE) ? '' : ' (skipped: ../shared/data/parking-birmingham is not there)';

describe.skipIf(absent !== '')(`the mapping parking-birmingham${absent}`, () => {
  /** 373 over capacity, 12 negative and 216 repeated rows, as the data's own description counts them. */
  it('makes 35,717 rows 35,116 dots and 216 duplicates, 385 rows out of range', () => {
    const birmingham = city.mappings['parking-birmingham'];
    const type = city.assetTypes['OffStreetParking'];
    assert(birmingham && type);
    const [header = '', ...lines] = readFileSync(FILE, 'utf8').trim().split(/\r?\n/);
    const columns = header.split(',');
    const dots = new Map<string, number>();
    const refused: Record<string, number> = {};
    for (const line of lines) {
      const cells = line.split(',');
      const draft = applyMapping(
        birmingham,
        'parking-birmingham',
        Object.fromEntries(columns.map((column, index) => [column, cells[index]])),
        type,
      );
      const place = { message: messageOf({}), index: 0, count: 1 };
      const valid = draft.ok ? validateReading(draft, place, undefined, city, city.stages.dev) : draft;
      if (valid.ok) {
        const dot = `${valid.observation.source} ${valid.observation.stamp}`;
        dots.set(dot, (dots.get(dot) ?? 0) + 1);
      } else {
        refused[valid.reason] = (refused[valid.reason] ?? 0) + 1;
      }
    }
    expect(lines).toHaveLength(35_717);
    expect(refused).toEqual({ 'out-of-range': 385 });
    expect(dots.size).toBe(35_116);
    expect(lines.length - 385 - dots.size).toBe(216);
  });
});

describe('applyMapping, of what moves, counts and is far away,', () => {
  it.each([
    ['8/1/2019 7:11', '2019-08-01T12:11:00Z'],
    ['12/31/2019 23:59', '2020-01-01T04:59:00Z'],
    ['08/01/2019 07:11', '2019-08-01T12:11:00Z'],
  ])('reads the American time %s', (at, instant) => {
    const american: PayloadMapping = {
      ...mapping,
      observedAt: { field: 'at', format: 'local-us', timeZone: 'Etc/GMT+5' },
    };
    expect(applyMapping(american, 'counts', { ...row, at }, carPark)).toMatchObject({
      observedAtMs: Date.parse(instant),
      flags: ['coarse-clock'],
    });
  });

  it.each(['13/1/2019 7:11', '2/29/2019 7:11', '8/1/2019 24:00', '8/1/2019', '8/1/19 7:11', '2019-08-01 07:11:00'])(
    'refuses the American time %s',
    (at) => {
      const american: PayloadMapping = { ...mapping, observedAt: { field: 'at', format: 'local-us', timeZone: 'UTC' } };
      expect(applyMapping(american, 'counts', { ...row, at }, carPark)).toMatchObject({ reason: 'schema-violation' });
    },
  );

  const counted: PayloadMapping = {
    ...mapping,
    observedAt: { field: 'at', format: 'count', startsAt: '2010-01-01T00:00:00Z', intervalMs: 5000 },
  };

  it.each([
    ['0', '2010-01-01T00:00:00Z'],
    ['5041', '2010-01-01T07:00:05Z'],
    [-1, '2009-12-31T23:59:55Z'],
  ])('reads the count %s as a time', (at, instant) => {
    expect(applyMapping(counted, 'counts', { ...row, at }, carPark)).toMatchObject({
      observedAtMs: Date.parse(instant),
      flags: ['coarse-clock'],
    });
  });

  it.each(['1.5', 'one', Number.MAX_SAFE_INTEGER, true])('refuses the count %s', (at) => {
    expect(applyMapping(counted, 'counts', { ...row, at }, carPark)).toMatchObject({
      reason: 'schema-violation',
      detail: expect.stringMatching(/^observed at: got .*, expected a whole number of intervals$/),
    });
  });

  it('reads a position, and needs both of its fields', () => {
    const moving: PayloadMapping = { ...mapping, position: { latitude: 'lat', longitude: 'long' } };
    expect(applyMapping(moving, 'counts', { ...row, lat: 60.17, long: '24.94' }, carPark)).toMatchObject({
      position: { latitude: 60.17, longitude: 24.94 },
    });
    expect(applyMapping(moving, 'counts', { ...row, lat: 60.17, long: null }, carPark)).toMatchObject({
      detail: expect.stringContaining('"long" is missing'),
    });
    expect(applyMapping(moving, 'counts', { ...row, lat: 'north', long: 1 }, carPark)).toMatchObject({
      detail: 'field "lat": got "north", expected a number',
    });
  });

  it('puts a prefix before the id of the asset, and not before the sensor’s', () => {
    const prefixed: PayloadMapping = { ...mapping, assetPrefix: 'pair-' };
    expect(applyMapping(prefixed, 'counts', { ...row, park: '1' }, carPark)).toMatchObject({
      assetId: 'pair-1',
      source: 'counts/7',
    });
    const long = { ...row, park: 'x'.repeat(60) };
    expect(applyMapping(prefixed, 'counts', long, carPark)).toMatchObject({ reason: 'schema-violation' });
    expect(applyMapping(mapping, 'counts', long, carPark)).toMatchObject({ ok: true });
  });
});
