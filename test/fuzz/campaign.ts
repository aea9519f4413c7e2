import { getHeapStatistics } from 'node:v8';
import { mutate, randomOf } from './mutate.ts';

/** One decoder, or a row of them as payloads meet it. */
export interface Target {
  readonly name: string;
  /** Good payloads; there is at least one. */
  readonly seeds: readonly Uint8Array[];
  /** Where it is not a message that is read; `CASE_CPU_MS_MAX` where absent. */
  readonly cpuMsMax?: number;
  /** What is wrong with how it took these bytes: nothing, where it gave values or a reason. What it throws is wrong too. */
  judge(bytes: Uint8Array): string | undefined;
}

/** Of one payload, of the thread's processor time: a busy machine must not make a decoder slow. */
const CASE_CPU_MS_MAX = 50;
/** Of one payload of up to 128 KB: what its JSON becomes, and what of it is kept, told and compared. */
export const CASE_ALLOCATED_BYTES_MAX = 32 * 1024 * 1024;

interface Failure {
  readonly target: string;
  /** Of the case; negative for those that are not drawn: cuts and turned bits. */
  readonly index: number;
  readonly complaint: string;
  readonly hex: string;
}

export interface Tally {
  readonly target: string;
  cases: number;
  readonly failures: Failure[];
  slowestMs: number;
  largestBytes: number;
}

export function newTally({ name }: Pick<Target, 'name'>): Tally {
  return { target: name, cases: 0, failures: [], slowestMs: 0, largestBytes: 0 };
}

/** The payload of a case: the same for the same target, seed and index, whatever else is run. */
export function payloadOf({ name, seeds }: Target, seed: number, index: number): Uint8Array {
  const random = randomOf(seed, hashOf(name), index);
  return mutate(seeds[random(seeds.length)] ?? new Uint8Array(), seeds, random);
}

export function runCase(target: Target, bytes: Uint8Array, index: number, tally: Tally): void {
  const { complaint, tookMs, allocatedBytes } = attempt(target, bytes);
  tally.cases += 1;
  tally.slowestMs = Math.max(tally.slowestMs, tookMs);
  tally.largestBytes = Math.max(tally.largestBytes, allocatedBytes);
  if (complaint === undefined) return;
  tally.failures.push({ target: target.name, index, complaint, hex: Buffer.from(bytes).toString('hex') });
}

/** Every way to cut a seed short, and every bit of it turned; or the cuts alone. */
export function* systematicCases(target: Target, which: 'all' | 'cuts' = 'all'): Generator<Uint8Array> {
  for (const seed of target.seeds) {
    for (let length = 0; length < seed.length; length += 1) yield seed.subarray(0, length);
    if (which === 'cuts') continue;
    for (let bit = 0; bit < seed.length * 8; bit += 1) {
      const bytes = Uint8Array.from(seed);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      yield bytes;
    }
  }
}

interface Attempt {
  readonly complaint: string | undefined;
  readonly tookMs: number;
  readonly allocatedBytes: number;
}

/** What takes too much is tried again: a first run compiles, and a collector may have come between. */
const TRIES = 3;

function attempt(target: Target, bytes: Uint8Array): Attempt {
  let last = once(target, bytes);
  for (let tries = 1; tries < TRIES && last.complaint === undefined && isTooMuch(last, target); tries += 1) {
    last = once(target, bytes);
  }
  if (last.complaint !== undefined || !isTooMuch(last, target)) return last;
  return { ...last, complaint: `took ${last.tookMs.toFixed(1)} ms and ${last.allocatedBytes} bytes` };
}

function isTooMuch({ tookMs, allocatedBytes }: Attempt, { cpuMsMax = CASE_CPU_MS_MAX }: Target): boolean {
  return tookMs > cpuMsMax || allocatedBytes > CASE_ALLOCATED_BYTES_MAX;
}

function once(target: Target, bytes: Uint8Array): Attempt {
  const [startBytes, startMs] = [heapBytes(), cpuMs()];
  let complaint: string | undefined;
  try {
    complaint = target.judge(bytes);
  } catch (error) {
    complaint = `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
  return { complaint, tookMs: cpuMs() - startMs, allocatedBytes: Math.max(0, heapBytes() - startBytes) };
}

function heapBytes(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
