/** One gate a sensor, so that one that is dead, babbles or talks nonsense is told, and never felt by the others. */

import type { AttributeValue } from '../../core/observation.ts';
import type { Refusal } from '../../core/reason.ts';
import type { Admission, Intake, Sample, SensorHealth } from '../ports.ts';
import type { AdapterClock } from './ports.ts';
import type { Tally } from './tally.ts';

/** So much more than it may a sensor may say at once, if it has been silent for as long. */
const BURST_SECONDS = 10;
/** For how long it is shut off the first time; twice as long each next time, up to the maximum. */
export const SHUT_MS_MIN = 1000;
export const SHUT_MS_MAX = 60_000;
/** Good for so long, it begins anew. */
const FORGIVEN_MS = 2 * SHUT_MS_MAX;
/** A measured value that has not moved at all for so many samples and so long is suspect: noise alone would move it. */
export const FLATLINE_SAMPLES = 1000;
export const FLATLINE_MS = 3_600_000;

/** `shut`: it babbles; what it said is lost, or the sender may try again later. */
export type GateAdmission = Admission | 'shut';

export interface Gate {
  readonly sensor: string;
  /** It gave a sign of life, though it had nothing new to tell. */
  heard(): void;
  offer(sample: Sample): GateAdmission;
  accept(sample: Sample): Promise<GateAdmission>;
  /** Bad input of this sensor. */
  refuse(refusal: Pick<Refusal, 'reason' | 'detail'>): void;
  /** Its sender is made to wait, because it says more than it may. */
  delay(): void;
  /** After how long it may say so much, for senders that can be made to wait; 0 is now. */
  waitMs(samples?: number): number;
  health(): SensorHealth;
}

export interface GateConfig {
  readonly id: string;
  readonly streams: readonly string[];
  readonly silentMaxMs: number;
  readonly samplesPerSecondMax: number;
}

interface GatePorts {
  readonly clock: AdapterClock;
  readonly tally: Tally;
}

/**
 * Lets through what one sensor says, at `samplesPerSecondMax` in the long run. It is dead when nothing was heard of it
 * for `silentMaxMs` although one of its streams is open, and `silent` from half of that on.
 */
export function createGate(config: GateConfig, intake: Intake, { clock, tally }: GatePorts): Gate {
  const { id: sensor, samplesPerSecondMax } = config;
  const allowance = createAllowance(samplesPerSecondMax, clock);
  const flatline = createFlatline(clock);
  let heardAtMs = clock.monotonicMs();

  function note(sample: Sample, admission: Admission): Admission {
    if (admission === 'taken') flatline.note(sample.values);
    else tally.count(sensor, admission === 'refused' ? 'not-taken' : 'suspended', `stream ${sample.stream}`);
    return admission;
  }

  function shut(): 'shut' {
    tally.count(sensor, 'babbling', `more than ${samplesPerSecondMax} samples a second`);
    return 'shut';
  }

  return {
    sensor,
    heard() {
      heardAtMs = clock.monotonicMs();
    },
    offer(sample) {
      heardAtMs = clock.monotonicMs();
      return allowance.take() ? note(sample, intake.offer(sample)) : shut();
    },
    async accept(sample) {
      heardAtMs = clock.monotonicMs();
      return allowance.take() ? note(sample, await intake.accept(sample)) : shut();
    },
    refuse({ reason, detail }) {
      heardAtMs = clock.monotonicMs();
      // Nonsense counts as talk: a sensor that shouts it must not keep the parser busy for ever.
      allowance.take();
      tally.count(sensor, reason, detail);
    },
    delay() {
      tally.count(sensor, 'babbling', `made to wait: more than ${samplesPerSecondMax} samples a second`);
    },
    waitMs: (samples = 1) => allowance.waitMs(samples),
    health() {
      const nowMs = clock.monotonicMs();
      if (!config.streams.some((stream) => intake.isOpen(stream))) {
        heardAtMs = nowMs;
        return { sensor, state: 'ok', detail: 'suspended' };
      }
      const silentMs = nowMs - heardAtMs;
      const silence = `nothing heard for ${Math.round(silentMs / 1000)} s`;
      if (silentMs > config.silentMaxMs) {
        const fault = tally.latest(sensor);
        return { sensor, state: 'dead', detail: fault === undefined ? silence : `${silence}; ${fault}` };
      }
      if (allowance.isExceeded()) {
        return { sensor, state: 'babbling', detail: `more than ${samplesPerSecondMax} samples a second` };
      }
      if (silentMs > config.silentMaxMs / 2) return { sensor, state: 'silent', detail: silence };
      const detail = flatline.tell();
      return { sensor, state: 'ok', ...(detail !== undefined && { detail }) };
    },
  };
}

/** A token bucket that, once empty, stays shut for a while that doubles. */
function createAllowance(perSecond: number, clock: AdapterClock) {
  const capacity = Math.max(1, perSecond * BURST_SECONDS);
  let tokens = capacity;
  let filledAtMs = clock.monotonicMs();
  let openAtMs = filledAtMs;
  let shutMs = SHUT_MS_MIN;

  function fill(nowMs: number): void {
    tokens = Math.min(capacity, tokens + ((nowMs - filledAtMs) * perSecond) / 1000);
    filledAtMs = nowMs;
  }

  return {
    take(): boolean {
      const nowMs = clock.monotonicMs();
      fill(nowMs);
      if (nowMs < openAtMs) return false;
      if (tokens >= 1) {
        tokens -= 1;
        return true;
      }
      if (nowMs - openAtMs > FORGIVEN_MS) shutMs = SHUT_MS_MIN;
      openAtMs = nowMs + shutMs;
      shutMs = Math.min(2 * shutMs, SHUT_MS_MAX);
      return false;
    },
    waitMs(samples: number): number {
      const nowMs = clock.monotonicMs();
      fill(nowMs);
      const lacking = Math.min(samples, capacity) - tokens;
      const tokenMs = lacking <= 0 ? 0 : Math.ceil((lacking * 1000) / perSecond);
      return Math.max(0, Math.ceil(openAtMs - nowMs), tokenMs);
    },
    isExceeded: () => tokens < 1 || clock.monotonicMs() < openAtMs,
  };
}

/** Remembers since when each measured value, which a count or a state is not, has been exactly the same. */
function createFlatline(clock: AdapterClock) {
  const runs = new Map<string, { value: AttributeValue; sinceMs: number; samples: number }>();
  return {
    note(values: ReadonlyMap<string, AttributeValue>): void {
      for (const [field, value] of values) {
        const run = runs.get(field);
        if (run?.value === value) run.samples += 1;
        else runs.set(field, { value, sinceMs: clock.monotonicMs(), samples: 1 });
      }
    },
    tell(): string | undefined {
      for (const [field, { value, sinceMs, samples }] of runs) {
        const forMs = clock.monotonicMs() - sinceMs;
        // Whole numbers are counts and codes, which stand still at night.
        if (
          typeof value === 'number' &&
          !Number.isInteger(value) &&
          samples >= FLATLINE_SAMPLES &&
          forMs >= FLATLINE_MS
        ) {
          return `${field} has been exactly ${value} for ${Math.round(forMs / 60_000)} min`;
        }
      }
      return undefined;
    },
  };
}
