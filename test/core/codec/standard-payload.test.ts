import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../../core/codec/decode.ts';
import { normalize } from '../../../core/codec/normalize.ts';
import type { CityConfig } from '../../../core/schema/city-config.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import config from '../../../cityweave.config.ts';
import { messageOf } from './factories.ts';

const STANDARDS = {
  broker: { description: 'A context broker.', format: 'ngsi-ld', topic: 'ngsi/+', zone: 'centre' },
  masts: {
    description: 'Weather.',
    format: 'senml',
    topic: 'senml/#',
    zone: 'edgbaston',
    assetType: 'WeatherObserved',
  },
} as const;
const city: CityConfig = validateCityConfig({ ...config, standards: STANDARDS });

const decode = (payload: unknown, topic: string) => decodeMessage(messageOf(payload, { topic }), city).readings;

const entity = {
  id: 'urn:ngsi-ld:WeatherObserved:roof 1',
  type: 'WeatherObserved',
  temperature: { type: 'Property', value: 9, observedAt: '2026-11-21T07:59:00.000Z' },
  location: { type: 'GeoProperty', value: { type: 'Point', coordinates: [-1.9, 52.4] } },
  dateObserved: '2026-11-21T07:59:00.000Z',
};

describe('an entity that a bridge carries', () => {
  it('says itself which asset it is of; the source is the standard’s name and it', () => {
    expect(decode([entity], 'sensors/ngsi/broker-1')).toMatchObject([
      {
        ok: true,
        assetId: 'roof_201',
        assetType: 'WeatherObserved',
        zone: 'centre',
        source: 'broker/roof_201',
        observedAtMs: Date.UTC(2026, 10, 21, 7, 59),
        attributes: [{ name: 'temperature', value: 9 }],
        position: { longitude: -1.9, latitude: 52.4 },
      },
    ]);
  });

  it('becomes an observation, and refuses itself alone where it is no entity', () => {
    const context = { city, stage: city.stages.dev, assets: new Map() };
    const message = messageOf([entity, { id: 7 }], { topic: 'sensors/ngsi/broker-1' });
    const { observations, kept } = normalize(message, context);
    expect(observations).toHaveLength(1);
    expect(kept).toMatchObject([{ readingId: 'trace-1/1', reason: 'schema-violation' }]);
  });
});

describe('a pack that a bridge carries', () => {
  const PACK = [
    { bn: 'urn:dev:mac:0024befffe804ff1/', n: 'temperature', u: 'Cel', v: 21.5 },
    { n: 'relativeHumidity', u: '%RH', v: 40 },
  ];

  it.each([
    ['JSON', PACK, 'urn:dev:mac:0024befffe804ff1'],
    // [{-2: "mast/", 0: "temperature", 2: 9}]
    ['CBOR', Buffer.from('81a321656d6173742f006b74656d70657261747572650209', 'hex'), 'mast'],
  ])('in %s has its sensor for the asset', (_, payload, assetId) => {
    expect(decode(payload, 'sensors/senml/a/b')).toMatchObject([
      { assetId, assetType: 'WeatherObserved', zone: 'edgbaston', source: `masts/${assetId}` },
    ]);
  });

  it.each([
    ['no pack', { temperature: 1 }, 'schema-violation'],
    ['a pack of nobody', [{ n: 'temperature', v: 1 }], 'schema-violation'],
    ['a pack of two', [...PACK, { n: 'x/temperature', v: 1 }], 'not-authorized'],
    ['no JSON', Buffer.from('['), 'malformed'],
    ['no CBOR', Buffer.from('82a1', 'hex'), 'malformed'],
  ])('that is %s is refused', (_, payload, reason) => {
    expect(decode(payload, 'sensors/senml/a')).toMatchObject([{ ok: false, reason }]);
  });
});

describe('the configuration', () => {
  it.each([
    [{ topic: 'ngsi/#/more' }, /standards\.broker\.topic/],
    [{ zone: 'moon' }, /standards\.broker\.zone/],
    [{ assetType: 'WeatherObserved' }, /standards\.broker\.assetType/],
    [{ format: 'senml' }, /standards\.broker\.assetType/],
    [{ format: 'xml' }, /standards\.broker\.format/],
  ])('of %j is refused', (changes, line) => {
    const standards = { ...STANDARDS, broker: { ...STANDARDS.broker, ...changes } };
    expect(() => validateCityConfig({ ...config, standards })).toThrow(line);
  });

  it('gives no standard the name of a mapping', () => {
    const standards = { 'parking-sensor': STANDARDS.broker };
    expect(() => validateCityConfig({ ...config, standards })).toThrow(/standards\.parking-sensor/);
  });
});
