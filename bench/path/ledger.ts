import { ASSETS, assetIdOf } from '../support/workload.ts';

/** A reading's number is the tie of its stamp, which has room for so many. */
export const READINGS_MAX = 1_000_000;

/** What the publishers say of each reading, by its number; shared by their threads. Epoch milliseconds; 0: not yet. */
export interface Ledger {
  /** When the reading was due to be sent, which is also when it says it was observed. */
  readonly dueAtMs: Float64Array<SharedArrayBuffer>;
  readonly acknowledgedAtMs: Float64Array<SharedArrayBuffer>;
}

export function createLedger(): Ledger {
  const times = () => new Float64Array(new SharedArrayBuffer(READINGS_MAX * Float64Array.BYTES_PER_ELEMENT));
  return { dueAtMs: times(), acknowledgedAtMs: times() };
}

/** Each asset in turn. */
export function assetIndexOf(number: number): number {
  return number % ASSETS;
}

export function stampOf(ledger: Ledger, number: number): bigint {
  return BigInt(ledger.dueAtMs[number] ?? 0) * BigInt(READINGS_MAX) + BigInt(number);
}

/** The numbers of the readings that were acknowledged. */
export function acknowledged({ acknowledgedAtMs }: Ledger): number[] {
  const numbers: number[] = [];
  for (const [number, atMs] of acknowledgedAtMs.entries()) if (atMs > 0) numbers.push(number);
  return numbers;
}

/** Asset → the stamp of the last reading about it that was acknowledged. */
export function lastStamps(ledger: Ledger): Map<string, bigint> {
  const last = new Map<string, bigint>();
  for (const number of acknowledged(ledger)) {
    const assetId = assetIdOf(assetIndexOf(number));
    const stamp = stampOf(ledger, number);
    if (stamp > (last.get(assetId) ?? 0n)) last.set(assetId, stamp);
  }
  return last;
}
