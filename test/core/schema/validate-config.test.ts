import { describe, expect, it } from 'vitest';
import { ConfigError, validateCityConfig } from '../../../core/schema/validate-config.ts';
import { smallCity } from './small-city.ts';

/** A copy of `tree` in which the value at `path` is another, or is not there. */
function replaced(tree: unknown, [key, ...path]: readonly (string | number)[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(tree)) {
    return Object.assign([...(tree as readonly unknown[])], { [key]: replaced(tree[Number(key)], path, value) });
  }
  const entries = new Map(Object.entries(tree ?? {}));
  const entry = replaced(entries.get(String(key)), path, value);
  if (entry === undefined) entries.delete(String(key));
  else entries.set(String(key), entry);
  return Object.fromEntries(entries);
}

const attribute = (name: string, key: string) => ['assetTypes', 'CarPark', 'attributes', name, key];

const WRONG: readonly [path: readonly (string | number)[], value: unknown, message: string][] = [
  [['city'], '', 'city: got "", expected a text of 1 to 200 characters'],
  [['city'], undefined, 'city: got nothing, expected a text of 1 to 200 characters'],
  [['citty'], 'x', 'citty: got "x", expected no such key; known are city, zones,'],
  [['zones'], {}, 'zones: got {}, expected an object of at least 1'],
  [['zones'], [], 'zones: got [], expected an object'],
  [['zones', 'a b'], {}, 'zones["a b"]: got "a b", expected a name of 1 to 64 characters'],
  [['zones', 'north', 'bounds'], [10, 50, 11], 'zones.north.bounds: got [10,50,11], expected a list of 4'],
  [['zones', 'north', 'bounds', 0], -181, 'zones.north.bounds[0]: got -181, expected a number from -180 to 180'],
  [['zones', 'north', 'bounds', 3], 91, 'zones.north.bounds[3]: got 91, expected a number from -90 to 90'],
  [['zones', 'north', 'bounds'], [11, 50, 11, 51], 'zones.north.bounds: got [11,50,11,51], expected west < east'],
  [['zones', 'north', 'bounds'], [10, 51, 11, 50], 'zones.north.bounds: got [10,51,11,50], expected west < east'],

  [['assetTypes', 'gateway'], smallCity.assetTypes['CarPark'], 'assetTypes.gateway: got "gateway", expected another'],
  [
    ['assetTypes', 'CarPark', 'attributes'],
    {},
    'assetTypes.CarPark.attributes: got {}, expected an object of at least',
  ],
  [
    ['assetTypes', 'CarPark', 'attributes', 'position'],
    smallCity.assetTypes['CarPark']?.attributes['note'],
    'assetTypes.CarPark.attributes.position: got "position", expected another name',
  ],
  [
    attribute('taken', 'kind'),
    'integer',
    `${attribute('taken', 'kind').join('.')}: got "integer", expected one of number`,
  ],
  [
    attribute('taken', 'policy'),
    'newest',
    'attributes.taken.policy: got "newest", expected one of latest, manual-review, max, mean-3-sigma, min, union',
  ],
  [
    attribute('status', 'policy'),
    'max',
    'attributes.status.policy: got "max", expected another policy: a string has no max',
  ],
  [
    attribute('open', 'policy'),
    'min',
    'attributes.open.policy: got "min", expected another policy: a boolean has no min',
  ],
  [attribute('open', 'policy'), 'mean-3-sigma', 'expected another policy: a boolean has no mean-3-sigma'],
  [
    attribute('taken', 'policy'),
    'mean-3-sigma',
    "taken.accuracy: got nothing, expected the sensors' standard deviation",
  ],
  [attribute('taken', 'accuracy'), 0, 'taken.accuracy: got 0, expected a number from 5e-324'],
  [attribute('taken', 'accuracy'), 1, 'taken.accuracy: got 1, expected nothing, for max'],
  [attribute('open', 'policy'), 'manual-review', 'open.failSafe: got nothing, expected the value that holds until'],
  [attribute('open', 'failSafe'), false, 'open.failSafe: got false, expected nothing, for latest'],
  [attribute('open', 'disagreeMaxMs'), 5, 'open.disagreeMaxMs: got 5, expected nothing, for latest'],
  [attribute('open', 'safetyCritical'), true, 'open.policy: got "latest", expected a policy that loses no concurrent'],
  [['assetTypes', 'CarPark', 'attributes', 'lamp', 'disagreeMaxMs'], undefined, 'expected how long sources may differ'],
  [['assetTypes', 'CarPark', 'attributes', 'lamp', 'failSafe'], 7, 'lamp.failSafe: got 7, expected a string'],
  [
    ['assetTypes', 'CarPark', 'attributes', 'lamp', 'failSafe'],
    'blue',
    'failSafe: got "blue", expected one of green, dark',
  ],
  [attribute('taken', 'unit'), undefined, 'attributes.taken.unit: got nothing, expected a UN/CEFACT code'],
  [attribute('taken', 'unit'), 'furlong', 'attributes.taken.unit: got "furlong", expected one of C62, P1,'],
  [attribute('open', 'unit'), 'C62', 'attributes.open.unit: got "C62", expected nothing, for a boolean'],
  [attribute('open', 'integer'), true, 'attributes.open.integer: got true, expected nothing, for a boolean'],
  [attribute('note', 'range'), [0, 1], 'attributes.note.range: got [0,1], expected nothing, for a string'],
  [attribute('note', 'tolerance'), 1, 'attributes.note.tolerance: got 1, expected nothing, for a string'],
  [attribute('taken', 'values'), ['a'], 'attributes.taken.values: got ["a"], expected nothing, for a number'],
  [attribute('status', 'values'), [], 'attributes.status.values: got [], expected a list of at least 1'],
  [attribute('status', 'values'), ['ok', 'ok'], 'attributes.status.values[1]: got "ok", expected each only once'],
  [attribute('taken', 'range'), [5, 1], 'attributes.taken.range: got [5,1], expected the smaller limit first'],
  [attribute('taken', 'range'), [0, Infinity], 'attributes.taken.range[1]: got Infinity, expected a number'],
  [attribute('taken', 'integer'), 1, 'attributes.taken.integer: got 1, expected true or false'],
  [attribute('taken', 'maxAgeMs'), 0, 'attributes.taken.maxAgeMs: got 0, expected a whole number from 1'],
  [attribute('taken', 'maxAgeMs'), 1.5, 'attributes.taken.maxAgeMs: got 1.5, expected a whole number from 1'],
  [attribute('taken', 'tolerance'), -1, 'attributes.taken.tolerance: got -1, expected a number from 0'],
  [attribute('taken', 'reporting'), 'often', 'attributes.taken.reporting: got "often", expected one of state, log'],
  [attribute('taken', 'maxAge'), 1, 'attributes.taken.maxAge: got 1, expected no such key'],
  [
    ['assetTypes', 'Other'],
    { description: 'x', model: 'x', attributes: { open: { ...smallCity.assetTypes['CarPark']?.attributes['note'] } } },
    'assetTypes.Other.attributes.open.kind: got "string", expected boolean, as in assetTypes.CarPark.attributes.open',
  ],
  [
    ['assetTypes', 'CarPark', 'constraints', 0, 'left'],
    'takken',
    'constraints[0].left: got "takken", expected one of taken, total',
  ],
  [
    ['assetTypes', 'CarPark', 'constraints', 0, 'right'],
    'status',
    'constraints[0].right: got "status", expected a number, to be compared with <=',
  ],
  [
    ['assetTypes', 'CarPark', 'constraints', 0, 'right'],
    'temperature',
    'constraints[0].right: got "temperature", expected an attribute of the same kind and unit as taken',
  ],
  [
    ['assetTypes', 'CarPark', 'constraints', 0, 'relation'],
    '>=',
    'constraints[0].relation: got ">=", expected one of <=, <, ==',
  ],

  [['assets', 'a/b'], {}, 'assets["a/b"]: got "a/b", expected a name'],
  [['assets', 'yard', 'zone'], 'south', 'assets.yard.zone: got "south", expected one of north'],
  [['assets', 'yard', 'assetType'], 'Pier', 'assets.yard.assetType: got "Pier", expected one of CarPark'],
  [['assets', 'yard', 'assetType'], 'constructor', 'assets.yard.assetType: got "constructor", expected one of CarPark'],
  [['assets', 'yard', 'sources'], [], 'assets.yard.sources: got [], expected a list of at least 1'],
  [
    ['assets', 'garage', 'attestation'],
    'accepted',
    'assets.garage.attestation: got "accepted", expected one of required',
  ],
  [['assets', 'garage', 'sources', 1], 'a/b/c', 'assets.garage.sources[1]: got "a/b/c", expected a thing name'],
  [['assets', 'garage', 'sources', 1], 'gate', 'assets.garage.sources[1]: got "gate", expected each only once'],
  [['assets', 'yard', 'position', 'latitude'], 90.1, 'assets.yard.position.latitude: got 90.1, expected a number from'],
  [['assets', 'yard', 'position', 'longitude'], undefined, 'assets.yard.position.longitude: got nothing, expected'],

  [['criticalTopics', 0], 'dt/+/CarPark/+', 'criticalTopics[0]: got "dt/+/CarPark/+", expected dt/{zone}'],
  [['criticalTopics', 0], 'dt/+/CarPark/+/+/+', 'criticalTopics[0]: got "dt/+/CarPark/+/+/+", expected dt/{zone}'],
  [['criticalTopics', 0], 'sensors/+/CarPark/+/+', 'criticalTopics[0]: got "sensors/+/CarPark/+/+", expected dt/'],
  [['criticalTopics', 0], 'dt/south/CarPark/+/+', 'expected as zone + or one of north'],
  [['criticalTopics', 0], 'dt/+/gateway/+/+', 'expected as asset type + or one of CarPark'],
  [['criticalTopics', 0], 'dt/+/CarPark/#/+', 'expected at each level + or a name'],
  [['criticalTopics', 0], 'dt/+/CarPark//+', 'expected at each level + or a name'],
  [
    ['criticalTopics', 1],
    'dt/+/CarPark/garage/+',
    'criticalTopics[1]: got "dt/+/CarPark/garage/+", expected each only',
  ],

  [['mappings', 'operator'], smallCity.mappings['old'], 'mappings.operator: got "operator", expected another name'],
  [
    ['assets', 'garage', 'sources'],
    ['gate', 'operator/ann'],
    'garage.sources[1]: got "operator/ann", expected another',
  ],
  [['mappings', 'old', 'zone'], 'south', 'mappings.old.zone: got "south", expected one of north'],
  [['mappings', 'old', 'assetType'], 'Pier', 'mappings.old.assetType: got "Pier", expected one of CarPark'],
  [['mappings', 'old', 'topic'], undefined, 'mappings.old: got "an old sensor", expected `topic` for messages, `file`'],
  [['mappings', 'old', 'topic'], 'sensors/parking/+', 'mappings.old.topic: got "sensors/parking/+", expected an MQTT'],
  [['mappings', 'old', 'topic'], 'parking/#/x', 'mappings.old.topic: got "parking/#/x", expected an MQTT filter'],
  [['mappings', 'old', 'topic'], 'parking/a+', 'mappings.old.topic: got "parking/a+", expected an MQTT filter'],
  [['mappings', 'old', 'observedAt', 'format'], 'unix', 'observedAt.format: got "unix", expected one of iso, epoch-s'],
  [
    ['mappings', 'old', 'observedAt', 'format'],
    'local',
    'observedAt.timeZone: got nothing, expected an IANA time zone',
  ],
  [['mappings', 'old', 'observedAt', 'timeZone'], 'Europe/London', 'expected nothing: epoch-s needs no time zone'],
  [['mappings', 'old', 'observedAt', 'timeZone'], 'Europe/Londres', 'got "Europe/Londres", expected an IANA time zone'],
  [['mappings', 'old', 'observedAt', 'timeZone'], '+01:00', 'got "+01:00", expected an IANA time zone'],
  [['mappings', 'old', 'attributes', 'tken'], { field: 'n' }, 'attributes.tken: got "tken", expected one of taken,'],
  [
    ['mappings', 'old', 'attributes', 'taken', 'unit'],
    'CEL',
    'taken.unit: got "CEL", expected a unit that converts to C62',
  ],
  [
    ['mappings', 'old', 'attributes', 'taken', 'values'],
    { full: 'all' },
    'taken.values.full: got "all", expected a number',
  ],
  [
    ['mappings', 'old', 'attributes', 'status'],
    { field: 's', values: { '1': 'okay' } },
    'status.values.1: got "okay", expected one of ok, broken',
  ],
  [
    ['mappings', 'old', 'observedAt'],
    { field: 'n', format: 'count', startsAt: '2010-01-01T00:00:00Z' },
    'observedAt.intervalMs: got nothing, expected the milliseconds from one count to the next, for count',
  ],
  [
    ['mappings', 'old', 'observedAt'],
    { field: 'n', format: 'count', startsAt: '2010-01-01', intervalMs: 5000 },
    'observedAt.startsAt: got "2010-01-01", expected ISO 8601 with an offset',
  ],
  [
    ['mappings', 'old', 'observedAt'],
    { field: 'n', format: 'local-us' },
    'observedAt.timeZone: got nothing, expected an IANA time zone, for local-us',
  ],
  [['mappings', 'old', 'file'], { format: 'lines' }, 'file.pattern: got nothing, expected a regular expression'],
  [
    ['mappings', 'old', 'file'],
    { format: 'lines', pattern: '(?<a' },
    'file.pattern: got "(?<a", expected a regular expression with named groups',
  ],
  [['mappings', 'old', 'file'], { format: 'lines', pattern: '.*' }, 'expected a regular expression with named groups'],
  [
    ['mappings', 'old', 'file'],
    { format: 'csv', pattern: '(?<a>.)' },
    'file.pattern: got "(?<a>.)", expected nothing, for csv',
  ],
  [['mappings', 'old', 'assetPrefix'], 'mote pair', 'assetPrefix: got "mote pair", expected a name'],
  [['mappings', 'old', 'position'], { latitude: 'lat' }, 'position.longitude: got nothing'],
  [['mappings', 'old', 'file'], { format: 'xls' }, 'mappings.old.file.format: got "xls", expected one of csv, ndjson'],
  [
    ['mappings', 'old', 'file'],
    { format: 'csv', delimiter: ';;' },
    'file.delimiter: got ";;", expected a text of 1 to 1',
  ],
  [
    ['mappings', 'old', 'file'],
    { format: 'ndjson', delimiter: ';' },
    'file.delimiter: got ";", expected nothing, for nd',
  ],
  [
    ['mappings', 'old', 'file'],
    { format: 'ndjson', skipLines: 1 },
    'file.skipLines: got 1, expected nothing, for ndjson',
  ],

  [['buckets'], 0, 'buckets: got 0, expected a whole number from 1 to 1024'],
  [['buckets'], 1025, 'buckets: got 1025, expected a whole number from 1 to 1024'],
  [['buckets'], '64', 'buckets: got "64", expected a whole number from 1 to 1024'],
  [['historyStore'], 'influx', 'historyStore: got "influx", expected one of timestream-liveanalytics, none'],

  [['stages', 'prod'], undefined, 'stages.prod: got nothing, expected an object'],
  [['stages', 'test'], {}, 'stages.test: got {}, expected no such key; known are dev, prod'],
  [['stages', 'dev', 'streamMode'], 'on demand', 'stages.dev.streamMode: got "on demand", expected one of on-demand'],
  [['stages', 'dev', 'shards', 'ingest'], 0, 'stages.dev.shards.ingest: got 0, expected a whole number from 1 to 1000'],
  [
    ['stages', 'dev', 'streamRetentionHours'],
    23,
    'streamRetentionHours: got 23, expected a whole number from 24 to 8760',
  ],
  [['stages', 'dev', 'streamRetentionHours'], 8761, 'streamRetentionHours: got 8761, expected a whole number from 24'],
  [['stages', 'dev', 'historyMemoryHours'], 0, 'historyMemoryHours: got 0, expected a whole number from 1 to 8766'],
  [
    ['stages', 'dev', 'historyMemoryHours'],
    8767,
    'historyMemoryHours: got 8767, expected a whole number from 1 to 8766',
  ],
  [['stages', 'dev', 'historyMagneticDays'], 0, 'historyMagneticDays: got 0, expected a whole number from 1 to 73000'],
  [['stages', 'dev', 'historyMagneticDays'], 73_001, 'historyMagneticDays: got 73001, expected a whole number from 1'],
  [['stages', 'dev', 'lateMaxMs'], -1, 'stages.dev.lateMaxMs: got -1, expected a whole number from 0'],
  [['stages', 'dev', 'lateMaxMs'], '7d', 'stages.dev.lateMaxMs: got "7d", expected a whole number from 0'],
  [['stages', 'dev', 'logRetentionDays'], 8, 'stages.dev.logRetentionDays: got 8, expected one of 1, 3, 5, 7, 14'],
  [['stages', 'dev', 'rejectRetentionDays'], 0, 'rejectRetentionDays: got 0, expected a whole number from 1'],
  [
    ['stages', 'dev', 'unregisteredAssets'],
    'drop',
    'unregisteredAssets: got "drop", expected one of accept, quarantine',
  ],
  [
    ['stages', 'dev', 'shards', 'ingest'],
    1001,
    'stages.dev.shards.ingest: got 1001, expected a whole number from 1 to 1000',
  ],
  [['stages', 'dev', 'rejectRetentionDays'], 3651, 'rejectRetentionDays: got 3651, expected a whole number from 1'],
  [['stages', 'dev', 'logRetentionDays'], 3654, 'stages.dev.logRetentionDays: got 3654, expected one of 1, 3, 5, 7'],
  [['stages', 'dev', 'lateMaxMs'], 3_153_600_000_001, 'lateMaxMs: got 3153600000001, expected a whole number from 0'],
  [attribute('taken', 'maxAgeMs'), 3_153_600_000_001, 'maxAgeMs: got 3153600000001, expected a whole number from 1'],
  [['city'], 'x'.repeat(201), 'expected a text of 1 to 200 characters'],
  [
    ['mappings', 'old', 'file'],
    { format: 'csv', skipLines: 1001 },
    'file.skipLines: got 1001, expected a whole number',
  ],
  [['stages', 'dev', 'removalPolicy'], 'keep', 'stages.dev.removalPolicy: got "keep", expected one of destroy, retain'],
];

/** The same key at the outermost value that is still right. */
const RIGHT: readonly [path: readonly (string | number)[], value: unknown][] = [
  [['buckets'], 1],
  [['buckets'], 1024],
  [['stages', 'dev', 'streamRetentionHours'], 8760],
  [['stages', 'dev', 'historyMemoryHours'], 1],
  [['stages', 'dev', 'historyMemoryHours'], 8766],
  [['stages', 'dev', 'historyMagneticDays'], 1],
  [['stages', 'dev', 'historyMagneticDays'], 73_000],
  [['stages', 'dev', 'lateMaxMs'], 0],
  [['stages', 'dev', 'lateMaxMs'], 3_153_600_000_000],
  [attribute('taken', 'maxAgeMs'), 3_153_600_000_000],
  [['stages', 'dev', 'shards', 'ingest'], 1000],
  [['stages', 'dev', 'rejectRetentionDays'], 3650],
  [['stages', 'dev', 'logRetentionDays'], 3653],
  [['city'], 'x'.repeat(200)],
  [['mappings', 'old', 'file'], { format: 'csv', skipLines: 1000 }],
  [['assetTypes', 'CarPark', 'attributes', 'timeOpen'], smallCity.assetTypes['CarPark']?.attributes['note']],
  [
    ['zones', 'north', 'bounds'],
    [-180, -90, 180, 90],
  ],
  [attribute('taken', 'range'), [7, 7]],
  [['criticalTopics'], []],
  [['criticalTopics'], ['dt/north/+/garage/gate', 'dt/+/+/+/+']],
  [['mappings', 'old', 'topic'], '#'],
  [['mappings', 'old', 'attributes', 'taken', 'unit'], 'P1'],
  [['mappings', 'old', 'attributes', 'taken', 'values'], { full: 10, empty: 0 }],
  [['mappings', 'old', 'observedAt'], { field: 'at', format: 'local', timeZone: 'Europe/London' }],
  [['mappings', 'old', 'observedAt'], { field: 'at', format: 'local-us', timeZone: 'Etc/GMT+5' }],
  [
    ['mappings', 'old', 'observedAt'],
    { field: 'n', format: 'count', startsAt: '2010-01-01T00:00:00Z', intervalMs: 5000 },
  ],
  [['mappings', 'old', 'file'], { format: 'lines', pattern: '^(?<bus>\\d+) (?<json>.*)$' }],
  [['mappings', 'old', 'assetPrefix'], 'pair-'],
  [['mappings', 'old', 'position'], { latitude: 'lat', longitude: 'lon' }],
  [['assets', 'garage', 'sources', 1], 'old/garage'],
];

describe('an attribute', () => {
  const RESERVED = ['source', 'assetId', 'altitude', 'time', 'measure_name', 'measure_value', 'ts_x', 'a:b'];

  it.each(RESERVED)('may not be called %s, as a column of history is', (name) => {
    const city = replaced(
      smallCity,
      ['assetTypes', 'CarPark', 'attributes', name],
      smallCity.assetTypes['CarPark']?.attributes['note'],
    );
    expect(() => validateCityConfig(city)).toThrow('expected another name: history or Timestream has a column');
  });

  it.each(['sources', 'timeOpen', 'tsunami', 'zones'])('may be called %s', (name) => {
    const city = replaced(
      smallCity,
      ['assetTypes', 'CarPark', 'attributes', name],
      smallCity.assetTypes['CarPark']?.attributes['note'],
    );
    expect(() => validateCityConfig(city)).not.toThrow();
  });
});

describe('validateCityConfig', () => {
  it('returns a right configuration as it is', () => {
    expect(validateCityConfig(smallCity)).toBe(smallCity);
  });

  it.each(WRONG)('refuses %j = %j', (path, value, message) => {
    const refused = () => validateCityConfig(replaced(smallCity, path, value));
    expect(refused).toThrow(ConfigError);
    expect(refused).toThrow(message);
  });

  it.each(WRONG)('says in one line what is wrong with %j = %j', (path, value) => {
    try {
      validateCityConfig(replaced(smallCity, path, value));
    } catch (error) {
      expect(String(error)).not.toContain('\n');
      return;
    }
    expect.unreachable();
  });

  it.each(RIGHT)('takes %j = %j', (path, value) => {
    expect(() => validateCityConfig(replaced(smallCity, path, value))).not.toThrow();
  });

  it.each([[null], [undefined], ['config'], [[]], [42]])('refuses %j as a whole', (config) => {
    expect(() => validateCityConfig(config)).toThrow(/^configuration: got .*, expected an object$/);
  });
});
