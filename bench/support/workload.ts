import { seededRandom } from './random.ts';

/** What is measured everywhere: readings of this many stations, each in turn, of this size. */
export const ASSETS = 1000;
export const READING_BYTES = 200;
export const ASSET_TYPE = 'AirQualityObserved';
const ZONE = 'centre';
export const SOURCE = 'sensor';
const SEED = 20_261_121;

const random = seededRandom(SEED);
/** Where the stations stand: drawn once, so that every run and every thread has the same. */
const POSITIONS = Array.from({ length: ASSETS }, () => ({
  lat: decimals(52.471 + 0.018 * random(), 4),
  lon: decimals(-1.912 + 0.028 * random(), 4),
}));

/** `index` from 0 to `ASSETS` − 1. */
export function assetIdOf(index: number): string {
  return `station-${String(index).padStart(4, '0')}`;
}

export function topicOf(assetId: string, source: string): string {
  return `dt/${ZONE}/${ASSET_TYPE}/${assetId}/${source}`;
}

/**
 * The `number`-th reading (below a million: it is the counter, and so the tie of the stamp) of one of the stations,
 * measured at `observedAtMs`. Its values are a function of the number; white space brings it to `READING_BYTES`.
 */
export function readingJson(assetIndex: number, number: number, observedAtMs: number): string {
  const random = seededRandom(SEED ^ number);
  const reading = JSON.stringify({
    observedAt: new Date(observedAtMs).toISOString(),
    counter: number,
    attributes: {
      pm25: decimals(40 * random(), 1),
      pm10: decimals(80 * random(), 1),
      no2: decimals(90 * random(), 1),
      temperature: decimals(30 * random() - 5, 1),
    },
    position: POSITIONS[assetIndex],
  });
  return reading.padEnd(READING_BYTES);
}

function decimals(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
