import type { Reason } from '../../core/reason.ts';

/** Why something that a sensor said, or should have said, is not in the gateway. */
export type Fault =
  | Reason
  /** It says more than it may, and is shut off for a while. */
  | 'babbling'
  /** Its stream is not read now. */
  | 'suspended'
  /** The gateway would not take it: its own reasons are counted there. */
  | 'not-taken'
  /** It came before, by its sequence number. */
  | 'duplicate'
  /** Too many wait for an acknowledgement already. */
  | 'busy'
  /** The device answered with an exception code. */
  | 'exception'
  | 'timeout'
  | 'unreachable'
  /** A poll was due while the one before was still on its way. */
  | 'overrun';

/** Counts since the start, by sensor. It holds as many entries as there are sensors and faults. */
export interface Tally {
  count(sensor: string, fault: Fault, detail: string): void;
  counts(): ReadonlyMap<string, ReadonlyMap<Fault, number>>;
  /** What was last counted of a sensor, in words; it may be long ago. */
  latest(sensor: string): string | undefined;
}

export function createTally(): Tally {
  const counts = new Map<string, Map<Fault, number>>();
  const details = new Map<string, string>();
  return {
    count(sensor, fault, detail) {
      const faults = counts.get(sensor) ?? new Map<Fault, number>();
      counts.set(sensor, faults.set(fault, (faults.get(fault) ?? 0) + 1));
      details.set(sensor, `${fault}: ${detail}`);
    },
    counts: () => counts,
    latest: (sensor) => details.get(sensor),
  };
}
