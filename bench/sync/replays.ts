import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { observedAtMsOf, stampOf } from '../../core/twin/stamp.ts';
import type { FrameReading } from '../../core/sync/frame.ts';

const DIRECTORY = path.resolve(import.meta.dirname, '../../../shared/data');
const FILES = {
  metr: 'traffic-metr-la-week/los_speed.csv.gz',
  parking: 'parking-birmingham/dataset.csv',
  hsl: 'hsl-hfp-mqtt/hfp-2500.txt',
} as const;

/** Why these measurements cannot be made here; empty where they can. */
export const REPLAYS_ABSENT = Object.values(FILES).every((file) => existsSync(path.join(DIRECTORY, file)))
  ? ''
  : `skipped: ${Object.values(FILES).join(', ')} are not in ../shared/data`;

/** What sensors behind one gateway said, the earliest first. */
export interface Replay {
  readonly name: string;
  readonly readings: readonly FrameReading[];
  /** How often the gateway looks whether there is something to send. */
  readonly tickMs: number;
  /** How often somebody without frames would send everything. */
  readonly periodsMs: readonly number[];
}

const MINUTE_MS = 60_000;
const KMH_PER_MPH = 1.609344;
/** A week of 2012 in steps of five minutes; the file does not say which. */
const METR_START_MS = Date.UTC(2012, 2, 1);
const METR_STEP_MS = 5 * MINUTE_MS;

export function readReplays(): readonly Replay[] {
  return [
    { name: 'METR-LA, a week', readings: metr(), tickMs: 30_000, periodsMs: [5 * MINUTE_MS, MINUTE_MS] },
    { name: 'Birmingham, 77 days', readings: parking(), tickMs: MINUTE_MS, periodsMs: [30 * MINUTE_MS, 5 * MINUTE_MS] },
    { name: 'HSL vehicles, two minutes', readings: hsl(), tickMs: 100, periodsMs: [1000] },
  ].map((replay) => ({ ...replay, readings: replay.readings.toSorted((a, b) => Number(a.stamp - b.stamp)) }));
}

function metr(): readonly FrameReading[] {
  const [header = '', ...rows] = gunzipSync(read(FILES.metr)).toString().trim().split('\n');
  const detectors = header.split(',');
  return rows.flatMap((row, step) =>
    row.split(',').map((mph, column) => {
      const speed = Number((Number(mph) * KMH_PER_MPH).toFixed(2));
      const atMs = METR_START_MS + step * METR_STEP_MS;
      return readingOf(detectors[column] ?? '', 'TrafficFlowObserved', atMs, [['averageVehicleSpeed', speed]]);
    }),
  );
}

function parking(): readonly FrameReading[] {
  const rows = read(FILES.parking).toString().trim().split('\n').slice(1);
  return rows.map((row) => {
    const [id = '', capacity, occupancy, at = ''] = row.split(',');
    return readingOf(id.replaceAll(' ', '_20'), 'OffStreetParking', Date.parse(`${at.trim().replace(' ', 'T')}Z`), [
      ['totalSpotNumber', Number(capacity)],
      ['occupiedSpotNumber', Number(occupancy)],
    ]);
  });
}

interface VehiclePosition {
  readonly VP: { tst: string; lat: number | null; long: number | null; spd: number | null; hdg: number | null };
}

function hsl(): readonly FrameReading[] {
  return read(FILES.hsl)
    .toString()
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, vehicle = '', json = 'null'] = /\/hfp\/v1\/\w+\/\w+\/\w+\/(\d+\/\d+).* (\{.*\})$/.exec(line) ?? [];
      const { tst, lat, long, spd, hdg } = (JSON.parse(json) as VehiclePosition | null)?.VP ?? {};
      if (tst === undefined || lat == null || long == null || spd == null || hdg == null) return [];
      const reading = readingOf(vehicle.replace('/', '_2F'), 'Vehicle', Date.parse(tst), [
        ['speed', Number((spd * 3.6).toFixed(1))],
        ['heading', hdg],
      ]);
      return [{ ...reading, position: { longitude: long, latitude: lat } }];
    });
}

function readingOf(
  name: string,
  assetType: string,
  atMs: number,
  attributes: readonly (readonly [string, number])[],
): FrameReading {
  const identity = { assetId: name, assetType, sensor: name };
  return { ...identity, stamp: stampOf(atMs, 0), attributes: new Map(attributes), seen: new Map() };
}

/** The entry of a full state, as somebody would send it in JSON. */
export function stateOf({ assetId, assetType, sensor, stamp, attributes, position }: FrameReading): unknown {
  const observedAt = new Date(observedAtMsOf(stamp)).toISOString();
  return { assetId, assetType, source: sensor, observedAt, attributes: Object.fromEntries(attributes), position };
}

function read(file: string): Buffer {
  return readFileSync(path.join(DIRECTORY, file));
}
