import { type Channel, readColocated, readReference } from './data.ts';
import { replay } from './replay.ts';

const HOUR_MS = 3_600_000;
/** Of an hour's minutes, for its mean to stand for the hour: three quarters, as is usual in air quality. */
const MINUTES_MIN = 45;

export interface ColocatedError {
  readonly hours: number;
  /** Root mean square against the analyser: each sensor's, that of their plain mean, and that of what we resolve. */
  readonly sensors: ReadonlyMap<string, number>;
  readonly plainMean: number;
  readonly resolved: number;
  /** Of the minutes: in which somebody was left out, or the sensors disagreed and nobody could say who is wrong. */
  readonly leftOut: number;
  readonly disagreeing: number;
}

const PLAIN_MEAN = 'plain mean';
const RESOLVED = 'resolved';

/** Hourly means of sensors that hang side by side, of what they come to, and of the analyser beside them. */
export function compareColocated(channel: Channel): ColocatedError {
  const readings = readColocated(channel);
  const means = new HourlyMeans();
  let [instants, leftOut, disagreeing] = [0, 0, 0];
  for (const { atMs, votes, verdict } of replay(channel, readings)) {
    const news = [...votes].filter(([, { observedAtMs }]) => observedAtMs === atMs);
    for (const [sensor, { value }] of news) means.add(sensor, atMs, value);
    means.add(PLAIN_MEAN, atMs, news.reduce((sum, [, { value }]) => sum + value, 0) / news.length);
    means.add(RESOLVED, atMs, Number(verdict.value));
    instants += 1;
    leftOut += Number(verdict.leftOut.size > 0);
    disagreeing += Number(verdict.disagreeing);
  }

  const reference = readReference(channel);
  const series = [...readings.keys(), PLAIN_MEAN, RESOLVED];
  const hours = [...reference.keys()].filter((hour) => series.every((name) => means.of(name, hour) !== undefined));
  const errorOf = (name: string): number => {
    const squares = hours.map((hour) => ((means.of(name, hour) ?? 0) - (reference.get(hour) ?? 0)) ** 2);
    return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / hours.length);
  };
  return {
    hours: hours.length,
    sensors: new Map([...readings.keys()].map((sensor) => [sensor, errorOf(sensor)])),
    plainMean: errorOf(PLAIN_MEAN),
    resolved: errorOf(RESOLVED),
    leftOut: leftOut / instants,
    disagreeing: disagreeing / instants,
  };
}

class HourlyMeans {
  readonly #sums = new Map<string, { sum: number; count: number }>();

  add(name: string, atMs: number, value: number): void {
    const key = `${name}/${Math.floor(atMs / HOUR_MS) * HOUR_MS}`;
    const { sum, count } = this.#sums.get(key) ?? { sum: 0, count: 0 };
    this.#sums.set(key, { sum: sum + value, count: count + 1 });
  }

  /** `undefined` where too little of the hour is there. */
  of(name: string, hourMs: number): number | undefined {
    const found = this.#sums.get(`${name}/${hourMs}`);
    return found && found.count >= MINUTES_MIN ? found.sum / found.count : undefined;
  }
}
