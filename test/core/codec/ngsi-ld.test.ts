import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { decodeMessage } from '../../../core/codec/decode.ts';
import type { DecodedReading } from '../../../core/codec/decoder.ts';
import { normalize } from '../../../core/codec/normalize.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import { EIGHT_O_CLOCK_MS, messageOf } from './factories.ts';

const city = validateCityConfig(config);
const TOPIC = 'dt/centre/AirQualityObserved/station-1/analyser';
const ID = 'urn:ngsi-ld:AirQualityObserved:station-1';

function decode(payload: unknown, topic = TOPIC): readonly DecodedReading[] {
  return decodeMessage(messageOf(payload, { topic }), city).readings;
}

const READING = {
  ok: true,
  kind: 'reading',
  assetId: 'station-1',
  assetType: 'AirQualityObserved',
  zone: 'centre',
  source: 'analyser',
  observedAtMs: EIGHT_O_CLOCK_MS,
  attributes: [
    { name: 'no2', value: 69, unit: 'GQ' },
    { name: 'airQualityIndex', value: 65 },
  ],
  position: { longitude: -3.7, latitude: 40.4 },
  flags: ['coarse-clock'],
  attestation: 'none',
  schema: 0n,
};

const point = { type: 'Point', coordinates: [-3.7, 40.4] };
const at = '2026-11-21T08:00:00Z';
const normalized = {
  id: ID,
  type: 'AirQualityObserved',
  no2: { type: 'Property', value: 69, unitCode: 'GQ' },
  airQualityIndex: { type: 'Property', value: 65 },
  dateObserved: { type: 'Property', value: { '@type': 'DateTime', '@value': at } },
  location: { type: 'GeoProperty', value: point },
  refDevice: { type: 'Relationship', object: 'urn:ngsi-ld:Device:1' },
  '@context': ['https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld'],
};

const { id, location, ...properties } = normalized;

describe('an entity', () => {
  it.each([
    ['normalized', normalized],
    ['as a GeoJSON feature', { id, type: 'Feature', geometry: point, properties }],
    ['as a feature with a GeoProperty for its geometry', { id, type: 'Feature', geometry: location, properties }],
    [
      'concise',
      { ...normalized, no2: { value: 69, unitCode: 'GQ' }, airQualityIndex: 65, dateObserved: at, location: point },
    ],
    [
      'of NGSIv2',
      {
        ...normalized,
        no2: { type: 'Number', value: 69, metadata: { unitCode: { type: 'Text', value: 'GQ' } } },
        dateObserved: { type: 'DateTime', value: at },
        location: { type: 'geo:json', value: point },
      },
    ],
    ['with the end of an interval as its date', { ...normalized, dateObserved: `2026-11-21T07:00:00Z/${at}` }],
    ['dated in UTC without saying so', { ...normalized, dateObserved: at.replace('Z', '') }],
    [
      'whose type is an IRI',
      { ...normalized, type: ['https://smartdatamodels.org/dataModel.Environment/AirQualityObserved'] },
    ],
    ['whose id is the asset’s', { ...normalized, id: 'station-1' }],
    [
      'whose attribute has several instances',
      { ...normalized, airQualityIndex: [{ value: 1, datasetId: 'urn:x' }, { value: 65 }] },
    ],
  ])('%s is read', (_, entity) => {
    expect(decode(entity)).toEqual([READING]);
  });

  it('as key-values is read in the attributes’ own units', () => {
    const entity = {
      id: ID,
      type: 'AirQualityObserved',
      no2: 69,
      airQualityIndex: 65,
      location: point,
      dateObserved: at,
    };
    expect(decode(entity)).toEqual([
      {
        ...READING,
        attributes: [
          { name: 'no2', value: 69 },
          { name: 'airQualityIndex', value: 65 },
        ],
      },
    ]);
  });

  it('becomes a reading for each time at which its attributes were observed', () => {
    const entity = {
      id: ID,
      type: 'AirQualityObserved',
      no2: { value: 1, observedAt: '2026-11-21T07:59:00.500Z' },
      pm25: { value: 2 },
      pm10: { value: 3, observedAt: '2026-11-21T07:58:00.000Z' },
      o3: { value: 4, observedAt: '2026-11-21T07:59:00.500Z' },
    };
    expect(decode([entity, entity])).toHaveLength(6);
    expect(decode(entity)).toMatchObject([
      { observedAtMs: EIGHT_O_CLOCK_MS - 120_000, attributes: [{ name: 'pm10' }], flags: [] },
      { observedAtMs: EIGHT_O_CLOCK_MS - 59_500, attributes: [{ name: 'no2' }, { name: 'o3' }] },
      { attributes: [{ name: 'pm25' }] },
    ]);
    expect(decode(entity)[2]).not.toHaveProperty('observedAtMs');
  });

  it.each([
    [
      'of another asset than the topic’s',
      { ...normalized, id: 'urn:ngsi-ld:AirQualityObserved:station-2' },
      'not-authorized',
    ],
    ['of another type', { ...normalized, type: 'WeatherObserved' }, 'schema-violation'],
    ['with nothing that its type has', { id: ID, type: 'AirQualityObserved', name: 'x' }, 'schema-violation'],
    ['with an attribute that is no value', { ...normalized, no2: { value: [1] } }, 'schema-violation'],
    [
      'with a relationship in an attribute’s place',
      { ...normalized, no2: { type: 'Relationship', object: ID } },
      'schema-violation',
    ],
    ['with a unit that is no text', { ...normalized, no2: { value: 1, unitCode: 5 } }, 'schema-violation'],
    ['with a date that is none', { ...normalized, dateObserved: 'yesterday' }, 'schema-violation'],
    [
      'with a time of an attribute that is none',
      { ...normalized, no2: { value: 1, observedAt: 5 } },
      'schema-violation',
    ],
  ])('%s is refused', (_, entity, reason) => {
    expect(decode(entity)).toMatchObject([{ ok: false, reason }]);
  });

  it('without a value for an attribute says nothing of it', () => {
    expect(decode({ ...normalized, no2: { value: null } })).toMatchObject([
      { attributes: [{ name: 'airQualityIndex' }] },
    ]);
  });
});

const MODELS = new URL('../../../../shared/data/smart-data-models/', import.meta.url);
const here = existsSync(MODELS);

describe.skipIf(!here)(
  `the Smart Data Models’ examples${here ? '' : ' (skipped: ../shared/data is not there)'}`,
  () => {
    /** Model → the attributes of its example that our type of the same name has, read off by eye. */
    const models: Readonly<Record<string, readonly string[]>> = {
      'Parking/OffStreetParking': [
        'availableSpotNumber',
        'occupancy',
        'occupiedSpotNumber',
        'totalSpotNumber',
        'vehicleEntranceCount',
        'vehicleExitCount',
      ],
      'Parking/ParkingSpot': ['status'],
      'Weather/WeatherObserved': [
        'atmosphericPressure',
        'illuminance',
        'precipitation',
        'relativeHumidity',
        'snowHeight',
        'temperature',
        'windDirection',
        'windSpeed',
      ],
      'Transportation/TrafficFlowObserved': ['averageHeadwayTime', 'averageVehicleSpeed', 'intensity', 'occupancy'],
      'WaterQuality/WaterQualityObserved': ['NO3', 'conductivity', 'flow', 'pH', 'temperature'],
    };

    function observe(model: string, file: string): ReturnType<typeof normalize> {
      const bytes = readFileSync(new URL(`${model}/examples/${file}`, MODELS));
      const { id, type }: { id: string; type: string } = JSON.parse(bytes.toString());
      const assetId = id.replace(`urn:ngsi-ld:${type}:`, '');
      const message = messageOf(bytes, { topic: `dt/centre/${type}/${assetId}/sensor` });
      return normalize(message, { city, stage: city.stages.dev, assets: new Map() });
    }

    it.each(Object.entries(models))('of %s are read in every form', (model, names) => {
      for (const file of ['example.json', 'example.jsonld', 'example-normalized.json', 'example-normalized.jsonld']) {
        const { observations, kept } = observe(model, file);
        expect({ file, kept }).toEqual({ file, kept: [] });
        expect({ file, names: observations.flatMap(({ attributes }) => [...attributes.keys()]).sort() }).toEqual({
          file,
          names,
        });
      }
    });

    it('of AirQualityObserved is refused where it says milligrams and means micrograms', () => {
      expect(observe('Environment/AirQualityObserved', 'example.jsonld').kept).toEqual([]);
      expect(observe('Environment/AirQualityObserved', 'example-normalized.jsonld').kept).toMatchObject([
        { reason: 'out-of-range', detail: 'attribute co: got 500000 GQ, expected 0 to 100000' },
      ]);
    });
  },
);
