import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AttributeType } from '../../../core/schema/city-config.ts';
import { shippedAssetTypes } from '../../../core/schema/models/asset-types.ts';

const MODELS = new URL('../../../../shared/data/smart-data-models/', import.meta.url);
const absent = existsSync(MODELS) ? '' : ' (skipped: ../shared/data/smart-data-models is not there)';

/** Asset type → where its model lies. */
const FOLDERS: Readonly<Record<string, string>> = {
  OffStreetParking: 'Parking',
  OnStreetParking: 'Parking',
  ParkingSpot: 'Parking',
  TrafficFlowObserved: 'Transportation',
  Vehicle: 'Transportation',
  AirQualityObserved: 'Environment',
  NoiseLevelObserved: 'Environment',
  WeatherObserved: 'Weather',
  Streetlight: 'Streetlighting',
  WasteContainer: 'WasteManagement',
  WaterQualityObserved: 'WaterQuality',
};

/** What the models do not have; their descriptions say that they are ours. */
const OURS = new Set(['ParkingSpot.batteryLevel', 'ParkingSpot.temperature']);

/** Words that we take beside the model's. */
const OUR_WORDS = new Set(['ParkingSpot.status.vacant']);

interface Property {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly oneOf?: readonly Property[];
}

interface Schema {
  readonly properties?: Readonly<Record<string, Property>>;
  readonly allOf?: readonly Schema[];
}

function readModel(assetType: string, file: string): unknown {
  return JSON.parse(readFileSync(new URL(`${FOLDERS[assetType]}/${assetType}/${file}`, MODELS), 'utf8'));
}

function exampleOf(assetType: string): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(readModel(assetType, 'examples/example.json') ?? {}));
}

function propertiesOf(assetType: string): ReadonlyMap<string, Property> {
  const properties = new Map<string, Property>();
  const collect = (schema: Schema): void => {
    for (const [name, property] of Object.entries(schema.properties ?? {})) properties.set(name, property);
    for (const part of schema.allOf ?? []) collect(part);
  };
  const schema: Schema = readModel(assetType, 'schema.json') ?? {};
  collect(schema);
  return properties;
}

function kindOf({ type, oneOf = [] }: Property): string | undefined {
  return type === 'integer'
    ? 'number'
    : (type ?? (oneOf.some((each) => each.type === 'number') ? 'number' : undefined));
}

const attributes: readonly (readonly [string, string, AttributeType])[] = Object.entries(shippedAssetTypes).flatMap(
  ([assetType, { attributes: own }]) => Object.entries(own).map(([name, each]) => [assetType, name, each] as const),
);
const modelled = attributes.filter(([assetType, name]) => assetType in FOLDERS && !OURS.has(`${assetType}.${name}`));

describe('the shipped asset types', () => {
  it('are these, each with three attributes or more', () => {
    expect(Object.keys(shippedAssetTypes).sort()).toEqual(
      [...Object.keys(FOLDERS), 'EdgeGateway', 'PumpingStation', 'TrafficJunction', 'TrafficSignal'].sort(),
    );
    for (const { attributes: own } of Object.values(shippedAssetTypes)) {
      expect(Object.keys(own).length).toBeGreaterThanOrEqual(3);
    }
  });

  it('have what is safety-critical of a signal reviewed: what it shows, and who gets the way cleared', () => {
    const signal = Object.entries(shippedAssetTypes['TrafficSignal']?.attributes ?? {});
    const critical = signal.filter(([, { safetyCritical }]) => safetyCritical);
    expect(critical.map(([name, { policy, failSafe }]) => [name, policy, failSafe])).toEqual([
      ['signalState', 'manual-review', 'stop-Then-Proceed'],
      ['preemptionStatus', 'manual-review', 'watchOtherTraffic'],
    ]);
  });

  it('take an emergency vehicle for coming while detectors disagree about it', () => {
    const approaching = shippedAssetTypes['TrafficJunction']?.attributes['emergencyVehicleApproaching'];
    expect(approaching).toMatchObject({ safetyCritical: true, policy: 'manual-review', failSafe: true });
  });

  it.each([
    ['OffStreetParking', 'occupiedSpotNumber', 'max'],
    ['OffStreetParking', 'availableSpotNumber', 'min'],
    ['OnStreetParking', 'occupiedSpotNumber', 'max'],
    ['AirQualityObserved', 'pm25', 'mean-3-sigma'],
    ['WeatherObserved', 'windDirection', 'latest'],
    ['ParkingSpot', 'status', 'latest'],
  ])('resolve %s.%s by %s', (assetType, name, policy) => {
    expect(shippedAssetTypes[assetType]?.attributes[name]?.policy).toBe(policy);
  });

  it('hold every temperature of air to -40 to 85 °C and every count of spaces to 5000', () => {
    for (const assetType of ['AirQualityObserved', 'WeatherObserved', 'WasteContainer', 'TrafficJunction']) {
      expect(shippedAssetTypes[assetType]?.attributes['temperature']?.range).toEqual([-40, 85]);
    }
    for (const name of ['totalSpotNumber', 'occupiedSpotNumber', 'availableSpotNumber']) {
      expect(shippedAssetTypes['OffStreetParking']?.attributes[name]?.range?.[1]).toBe(5000);
    }
  });
});

describe.skipIf(absent !== '')(`the shipped asset types beside their Smart Data Models${absent}`, () => {
  it.each(modelled)('%s.%s is called so and is of that kind in the model', (assetType, name, { kind }) => {
    const property = propertiesOf(assetType).get(name);
    const example = exampleOf(assetType).get(name);
    // What a model inherits from a common schema elsewhere shows in its example only.
    expect(property ? kindOf(property) : typeof example).toBe(kind);
  });

  it.each(modelled)('%s.%s takes the words of the model', (assetType, name, { values = [] }) => {
    const words = propertiesOf(assetType).get(name)?.enum;
    if (!words) return;
    const taken = values.filter((word) => !OUR_WORDS.has(`${assetType}.${name}.${word}`));
    expect(new Set(taken)).toEqual(new Set(words));
  });

  it.each(modelled)('%s.%s stays within the limits of the model', (assetType, name, { range }) => {
    const { minimum, maximum } = propertiesOf(assetType).get(name) ?? {};
    if (minimum !== undefined) expect(range?.[0]).toBeGreaterThanOrEqual(minimum);
    if (maximum !== undefined) expect(range?.[1]).toBeLessThanOrEqual(maximum);
  });

  it.each(Object.keys(FOLDERS))('%s takes the values of its example', (assetType) => {
    const example = exampleOf(assetType);
    for (const [name, { range, values, kind }] of Object.entries(shippedAssetTypes[assetType]?.attributes ?? {})) {
      const value = example.get(name);
      if (value === undefined) continue;
      expect([name, typeof value]).toEqual([name, kind]);
      if (range) expect([name, Number(value) >= range[0] && Number(value) <= range[1]]).toEqual([name, true]);
      if (values) expect(values).toContain(value);
    }
  });
});
