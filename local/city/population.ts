import type config from '../../cityweave.config.ts';
import { between, chance, pick } from './random.ts';

export type City = typeof config;

/** Something that publishes: one source of one asset. */
export interface Device {
  /** Its MQTT client id. */
  readonly thing: string;
  readonly topic: string;
  readonly payload: 'reading' | 'parking-sensor';
  readonly assetId: string;
  readonly assetType: string;
  readonly position: { readonly lat: number; readonly lon: number };
  readonly intervalMs: number;
  /** Its own error, −1 to 1; the first source of an asset is the best. */
  readonly bias: number;
  readonly fault: Fault | undefined;
}

/** What a bad device does to some of its readings. */
export type Fault = (typeof FAULTS)[number];

export const FAULTS = ['duplicate', 'late', 'future', 'out-of-range', 'broken'] as const;

/** How many assets of each type the city has, the configured ones included, and by how many sources each is seen. */
const CENSUS: Readonly<Record<string, { count: number; sources: number }>> = {
  OffStreetParking: { count: 24, sources: 3 },
  OnStreetParking: { count: 24, sources: 1 },
  ParkingSpot: { count: 73, sources: 1 },
  TrafficFlowObserved: { count: 40, sources: 2 },
  TrafficSignal: { count: 16, sources: 2 },
  Vehicle: { count: 12, sources: 1 },
  AirQualityObserved: { count: 17, sources: 2 },
  WeatherObserved: { count: 8, sources: 1 },
  NoiseLevelObserved: { count: 17, sources: 1 },
  Streetlight: { count: 40, sources: 1 },
  WasteContainer: { count: 24, sources: 1 },
  WaterQualityObserved: { count: 4, sources: 1 },
  PumpingStation: { count: 4, sources: 2 },
};

/** What moves is reported every five seconds, what fills every fifteen. */
const INTERVAL_MS: Readonly<Record<string, number>> = {
  Vehicle: 5_000,
  TrafficSignal: 5_000,
  TrafficFlowObserved: 10_000,
};
const INTERVAL_DEFAULT_MS = 15_000;
/** One device in this many is a bad one. */
const DEVICES_PER_FAULT = 12;
/** Where a bad device would be replaced at once. */
const WELL_KEPT: ReadonlySet<string> = new Set(['TrafficSignal']);
/** The legacy sensors' mapping, its zone and how many of them there are beside the configured one. */
const LEGACY = { mapping: 'parking-sensor', topic: 'sensors/parking', zone: 'eastside', count: 12 } as const;

interface Asset {
  readonly assetId: string;
  readonly assetType: string;
  readonly zone: string;
  readonly position: { readonly lat: number; readonly lon: number };
  readonly things: readonly string[];
}

/** The devices of the city; the same for the same configuration and seed. */
export function populate(city: City, seed: number): Device[] {
  const assets = [...configuredAssets(city, seed), ...inventedAssets(city, seed)];
  const devices = assets.flatMap((asset) => asset.things.map((thing, place) => deviceOf(asset, thing, place, seed)));
  return [...devices, ...legacyDevices(city, seed)];
}

function configuredAssets(city: City, seed: number): Asset[] {
  return Object.entries(city.assets as Readonly<Record<string, ConfiguredAsset>>).flatMap(([assetId, asset]) => {
    const { assetType, zone, position, sources = [`${assetId}-sensor`] } = asset;
    // What only a mapping may speak for is a legacy device.
    const things = sources.filter((source) => !source.includes('/'));
    if (things.length === 0) return [];
    const place = position ? { lat: position.latitude, lon: position.longitude } : placeIn(city, zone, assetId, seed);
    return [{ assetId, assetType, zone, position: place, things }];
  });
}

interface ConfiguredAsset {
  readonly assetType: string;
  readonly zone: string;
  readonly position?: { readonly longitude: number; readonly latitude: number };
  readonly sources?: readonly string[];
}

function inventedAssets(city: City, seed: number): Asset[] {
  const zones = Object.keys(city.zones) as [string, ...string[]];
  const configured = Object.values(city.assets);
  return Object.entries(CENSUS).flatMap(([assetType, { count, sources }]) => {
    const known = configured.filter((asset) => asset.assetType === assetType).length;
    const legacy = assetType === 'ParkingSpot' ? LEGACY.count : 0;
    return Array.from({ length: count - known - legacy }, (_, index) => {
      const assetId = `${assetType}-${String(index + 1).padStart(3, '0')}`;
      const zone = pick(zones, seed, assetId, 'zone');
      const things = Array.from({ length: sources }, (_, place) => `${assetId}-${'abc'[place]}`);
      return { assetId, assetType, zone, position: placeIn(city, zone, assetId, seed), things };
    });
  });
}

function deviceOf(asset: Asset, thing: string, place: number, seed: number): Device {
  const { assetId, assetType, zone, position } = asset;
  return {
    thing,
    topic: `dt/${zone}/${assetType}/${assetId}/${thing}`,
    payload: 'reading',
    assetId,
    assetType,
    position,
    intervalMs: INTERVAL_MS[assetType] ?? INTERVAL_DEFAULT_MS,
    bias: place === 0 ? between(-0.2, 0.2, seed, thing, 'bias') : between(-1, 1, seed, thing, 'bias'),
    fault: WELL_KEPT.has(assetType) ? undefined : faultOf(thing, seed),
  };
}

function legacyDevices(city: City, seed: number): Device[] {
  return ['lotA-17', ...Array.from({ length: LEGACY.count }, (_, index) => `lotB-${index + 1}`)].map((assetId) => ({
    thing: `bridge-${assetId}`,
    topic: `${LEGACY.topic}/${assetId.split('-')[0]}`,
    payload: 'parking-sensor',
    assetId,
    assetType: 'ParkingSpot',
    position: placeIn(city, LEGACY.zone, assetId, seed),
    intervalMs: INTERVAL_DEFAULT_MS,
    bias: 0,
    fault: undefined,
  }));
}

function faultOf(thing: string, seed: number): Fault | undefined {
  return chance(seed, thing, 'fault') < 1 / DEVICES_PER_FAULT ? pick(FAULTS, seed, thing, 'kind') : undefined;
}

function placeIn(city: City, zone: string, assetId: string, seed: number): Asset['position'] {
  const [west, south, east, north] = city.zones[zone as keyof City['zones']].bounds;
  const degrees = (min: number, max: number, axis: string) => Number(between(min, max, seed, assetId, axis).toFixed(6));
  return { lat: degrees(south, north, 'lat'), lon: degrees(west, east, 'lon') };
}
