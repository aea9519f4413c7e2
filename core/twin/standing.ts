import type { ReadingFlag } from '../observation.ts';
import { compareDots } from './policies/latest.ts';
import { observedAtMsOf } from './stamp.ts';
import type { Register, RegisterValue } from './twin.ts';

/** A sibling with its dot: what one source says now. */
export interface Standing {
  readonly source: string;
  readonly stamp: bigint;
  readonly observedAtMs: number;
  readonly receivedAtMs: number;
  readonly value: RegisterValue;
  readonly flags: readonly ReadingFlag[];
  /** Of a decision: see `Sibling`. */
  readonly validUntilMs?: number;
}

/** A register's siblings, newest first. Superseded dots have none and are not among them. */
export function standingsOf(register: Register): readonly Standing[] {
  const standings: Standing[] = [];
  for (const [source, { stamp, sibling }] of register) {
    if (sibling !== undefined) {
      const { value, receivedAtMs, flags, validUntilMs } = sibling;
      const standing = { source, stamp, observedAtMs: observedAtMsOf(stamp), receivedAtMs, value, flags };
      standings.push(validUntilMs === undefined ? standing : Object.assign(standing, { validUntilMs }));
    }
  }
  return standings.sort((a, b) => compareDots(b, a));
}
