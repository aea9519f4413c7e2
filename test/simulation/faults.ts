import type { Chance } from './chance.ts';

/** How often each fault happens where it can; the names say of what. */
const WORST = {
  /** At each request of a function, before it and after it. */
  crash: 0.02,
  /** Of requests to a service. */
  requestLost: 0.05,
  /** It was carried out, but the sender does not learn it. */
  answerLost: 0.05,
  /** Of requests as a whole, of records within PutRecords, of keys, items and statements within a batch. */
  throttled: 0.1,
  recordThrottled: 0.2,
  keyUnprocessed: 0.3,
  itemUnprocessed: 0.2,
  statementThrottled: 0.2,
  /** Reads that need not be consistent and are not. */
  staleRead: 0.3,
  /** A shard's reader that must begin again from its checkpoint, which may be old. */
  iteratorExpired: 0.1,
  /** While its invocation runs: another reader takes the same batch to another instance. */
  leaseLost: 0.1,
  /** Publications of devices, which are then sent again; and acknowledgements of what has arrived. */
  publishLost: 0.2,
  acknowledgementLost: 0.15,
  /** Messages that a rule could not put on the stream, and events that did not reach the fast lane, or did twice. */
  deliveryFailed: 0.05,
  shortcutLost: 0.3,
  shortcutRepeated: 0.2,
  deltaLost: 0.3,
  deltaRepeated: 0.2,
  /** Publications to the broker that it refuses. */
  brokerDown: 0.1,
} as const;

/** Unlike the others no probabilities, but the largest value in milliseconds. */
const WORST_MS = {
  latencyMs: 400,
  deltaLateMs: 20_000,
  deviceLateMs: 30_000,
  /** Of a stream's readers, so that batches grow. */
  pollLateMs: 8_000,
  functionSkewMs: 50,
  deviceSkewMs: 20_000,
} as const;

export type Faults = Record<keyof typeof WORST | keyof typeof WORST_MS, number>;

/**
 * Some faults at some rates: each kind is there in half of the runs, because where all are there at once, the rare
 * sequences that a single one would bring to light are drowned.
 */
export function drawFaults(chance: Chance): Faults {
  const draw = (worst: number): number => (chance.happens(0.5) ? (worst * chance.integer(1, 10)) / 10 : 0);
  const entries = Object.entries({ ...WORST, ...WORST_MS }).map(([name, worst]) => [name, draw(worst)]);
  return Object.fromEntries(entries) as Faults;
}

/** From now on nothing fails, and everything is quick. */
export function heal(faults: Faults): void {
  for (const name of Object.keys(faults)) faults[name as keyof Faults] = 0;
}
