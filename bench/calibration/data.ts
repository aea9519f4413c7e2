import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Reading } from '../../core/calibration/differences.ts';

const DIRECTORY = path.resolve(import.meta.dirname, '../../../shared/data');
const SETS = ['wsn-single-hop', 'epa-colocated-pm', 'sensor-community-pair'] as const;

/** Why these measurements cannot be made here; empty where they can. */
export const DATA_ABSENT = SETS.every((set) => existsSync(path.join(DIRECTORY, set)))
  ? ''
  : `skipped: ${SETS.join(', ')} of real readings are not in ../shared/data`;

/** Motes send every five seconds; the file numbers their readings. */
const MOTE_INTERVAL_MS = 5000;

export interface MoteReading {
  readonly observedAtMs: number;
  readonly temperature: number;
  /** As a fraction. */
  readonly humidity: number;
  /** Whether hot steam was blown at the mote. */
  readonly disturbed: boolean;
}

/** Mote → its readings. */
export function readMotes(): ReadonlyMap<number, readonly MoteReading[]> {
  const rows = linesOf('wsn-single-hop/single_hop.csv')
    .slice(1)
    .map((line) => line.split(',').map(Number));
  const readings = rows.map(([number = 0, mote = 0, , humidity = 0, temperature = 0, label]) => ({
    mote,
    observedAtMs: number * MOTE_INTERVAL_MS,
    temperature,
    humidity: humidity / 100,
    disturbed: label === 1,
  }));
  return Map.groupBy(readings, ({ mote }) => mote);
}

export interface Baseline {
  /** The mote that was disturbed, and the one beside it. */
  readonly pair: readonly [number, number];
  readonly channel: 'temperature' | 'humidity';
  readonly truePositiveRate: number;
  readonly falsePositiveRate: number;
}

/** What a naive rule scores. */
export function readBaselines(): readonly Baseline[] {
  const row = /^single-hop (\d)-(\d) +(temperature|humidity) +([\d.]+) +([\d.]+)$/;
  return linesOf('wsn-single-hop/BASELINE.txt').flatMap((line) => {
    const [, a, b, channel, truePositiveRate, falsePositiveRate] = row.exec(line.trim()) ?? [];
    if (channel !== 'temperature' && channel !== 'humidity') return [];
    return {
      pair: [Number(a), Number(b)] as const,
      channel,
      truePositiveRate: Number(truePositiveRate),
      falsePositiveRate: Number(falsePositiveRate),
    };
  });
}

/** µg/m³ in 1 ppb at 25 °C and 1013 hPa: the molar mass over 24.45 l. */
const NO2_PER_PPB = 46.006 / 24.45;
const O3_PER_PPB = 47.998 / 24.45;

/** Attribute of an `AirQualityObserved` → the sensors' column, the analyser's name for it, and the attribute's unit in theirs. */
export const CHANNELS = {
  pm25: { column: 3, reference: 'PM2.5-88101', factor: 1 },
  no2: { column: 1, reference: 'NO2', factor: NO2_PER_PPB },
  o3: { column: 2, reference: 'O3', factor: O3_PER_PPB },
  temperature: { column: 4, reference: 'TEMP', factor: 1 },
  relativeHumidity: { column: 5, reference: 'RHUM', factor: 1 / 100 },
} as const;

export type Channel = keyof typeof CHANNELS;

const SENSORS = ['RT01', 'RT02', 'RT03'];
/** Local standard time of the sensors. */
const UTC_OFFSET_MS = 5 * 3_600_000;

/** Sensor → its readings of a channel, one a minute with gaps. */
export function readColocated(channel: Channel): ReadonlyMap<string, readonly Reading[]> {
  const { column, factor } = CHANNELS[channel];
  return new Map(
    SENSORS.map((sensor) => {
      const rows = linesOf(`epa-colocated-pm/${sensor}_2019-08-01_21.csv.gz`).map((line) => line.split(','));
      const readings = rows.flatMap((row) => {
        const observedAtMs = timeOf(row[0] ?? '') + UTC_OFFSET_MS;
        const text = row[column] ?? '';
        return Number.isNaN(observedAtMs) || text === '' ? [] : { observedAtMs, value: Number(text) * factor };
      });
      return [sensor, readings];
    }),
  );
}

/** Beginning of the hour → what the reference analyser measured in it. */
export function readReference(channel: Channel): ReadonlyMap<number, number> {
  const { reference, factor } = CHANNELS[channel];
  const rows = linesOf('epa-colocated-pm/airnowtech_example_reference_data.csv').map((line) => line.split(','));
  return new Map(
    rows.flatMap((row) => {
      const [name, date, time, value, quality] = [row[3], row[8], row[9], row[13], row[15]];
      if (name !== reference || quality?.trim() !== '0') return [];
      return [[timeOf(`${date} ${time}`), Number(value) * factor]];
    }),
  );
}

/** Sensor → its readings of PM2.5 and PM10. */
export function readPair(channel: 'pm25' | 'pm10'): ReadonlyMap<string, readonly Reading[]> {
  return new Map(
    ['15092', '22480'].map((sensor) => {
      const rows = linesOf(`sensor-community-pair/sds011_${sensor}.csv.gz`).slice(1);
      const readings = rows.flatMap((line) => {
        const fields = line.split(';');
        const value = fields[channel === 'pm10' ? 6 : 9] ?? '';
        return value === '' ? [] : { observedAtMs: Date.parse(`${fields[5]}Z`), value: Number(value) };
      });
      return [sensor, readings];
    }),
  );
}

/** `M/d/yyyy H:mm` as if it were UTC; NaN for any other text. */
function timeOf(text: string): number {
  const [, month, day, year, hour, minute] = /^(\d+)\/(\d+)\/(\d{4}) (\d+):(\d+)$/.exec(text) ?? [];
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
}

function linesOf(file: string): readonly string[] {
  const bytes = readFileSync(path.join(DIRECTORY, file));
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text.split(/\r?\n/).filter((line) => line !== '');
}
