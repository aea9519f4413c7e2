/** What HTTP/2, CoAP and gRPC have in common: who knocks says which sensor it is, and waits until the reading is kept. */

import { refuse, type Refusal } from '../../../core/reason.ts';
import type { Intake, Sample, SensorHealth } from '../../ports.ts';
import { createGates, type Gates } from '../gates.ts';
import type { GateAdmission } from '../isolation.ts';
import type { AdapterContext } from '../ports.ts';
import type { ReadSamples } from '../read-samples.ts';

/** Readings that wait to be kept, of all who knock at one door; beyond it, knock again later. */
export const WAITING_MAX = 4096;
/** Of one request, so many are given to the gateway at a time. */
const AT_A_TIME = 512;
/** Nobody is kept waiting for longer. */
const KEPT_MS_MAX = 10_000;
/** What senders are told, where nothing better is known. */
const RETRY_AFTER_S = 5;
const SUSPENDED_RETRY_AFTER_S = 60;
/** Of each sensor that speaks through a door: its name is all that is known of it. */
const SILENT_MAX_MS = 15 * 60_000;
const SAMPLES_PER_SECOND_MAX = 1000;

/** Of all that one request held; what was taken stays taken, and may be sent again without harm. */
export type Answer =
  | { readonly verdict: 'taken'; readonly taken: number }
  /** Something of it is bad; the others are taken. */
  | { readonly verdict: 'refused'; readonly taken: number; readonly refusals: readonly Refusal[] }
  /** To be sent again: too much at once (`busy`), by this sensor (`babbling`), or not wanted now. */
  | { readonly verdict: 'busy' | 'babbling' | 'suspended'; readonly taken: number; readonly retryAfterS: number };

export interface Door {
  /**
   * Resolves when each sample is kept or is not going to be. Never rejects. A sender that `isPaced` waits until its sensors
   * may say so much, instead of being sent away.
   */
  admit(read: ReadSamples, options?: { readonly isPaced?: boolean }): Promise<Answer>;
  health(): readonly SensorHealth[];
}

export function createDoor(name: string, intake: Intake, context: AdapterContext): Door {
  const { config, tally } = context;
  const configured = new Set(config.sensors.map(({ id }) => id));
  const gates: Gates = createGates(
    {
      streams: Object.keys(config.streams),
      silentMaxMs: SILENT_MAX_MS,
      samplesPerSecondMax: SAMPLES_PER_SECOND_MAX,
    },
    intake,
    context,
  );
  let waiting = 0;

  async function knock(sample: Sample): Promise<GateAdmission | 'busy' | Refusal> {
    const { sensor } = sample;
    if (configured.has(sensor)) {
      return refuse('not-authorized', `sensor ${sensor} does not speak by ${name}, as it is configured`);
    }
    const gate = gates.of(sensor);
    if (!gate) return refuse('not-authorized', `sensor ${sensor} is one more than this gateway will know`);
    waiting += 1;
    try {
      return await gate.accept(sample);
    } catch {
      return 'busy';
    } finally {
      waiting -= 1;
    }
  }

  function hasRoomFor({ length }: readonly Sample[]): boolean {
    const hasRoom = waiting + length <= WAITING_MAX;
    if (!hasRoom) tally.count(name, 'busy', `${waiting} readings wait to be kept already`);
    return hasRoom;
  }

  /** Waits until the sensors of these samples may say so much. */
  async function pace(samples: readonly Sample[]): Promise<void> {
    const counts = new Map<string, number>();
    for (const { sensor } of samples) counts.set(sensor, (counts.get(sensor) ?? 0) + 1);
    const waits = [...counts].map(([sensor, count]) => gates.of(sensor)?.waitMs(count) ?? 0);
    const waitMs = Math.max(0, ...waits);
    if (waitMs > 0) await new Promise((resolve) => void setTimeout(resolve, waitMs).unref());
  }

  return {
    async admit({ samples, refusals }, { isPaced = false } = {}) {
      const outcomes: (GateAdmission | 'busy' | Refusal)[] = [];
      for (let start = 0; start < samples.length && !outcomes.includes('busy'); start += AT_A_TIME) {
        const some = samples.slice(start, start + AT_A_TIME);
        if (isPaced) await pace(some);
        outcomes.push(...(hasRoomFor(some) ? await within(KEPT_MS_MAX, some.map(knock)) : ['busy' as const]));
      }
      const refused = [...refusals, ...outcomes.filter((each) => typeof each === 'object')];
      for (const { reason, detail } of refused) tally.count(name, reason, detail);
      return answerOf(outcomes, refused, retryAfterS(samples));
    },
    health: () => gates.health(),
  };

  function retryAfterS(samples: readonly Sample[]): number {
    const waits = samples.map(({ sensor }) => gates.of(sensor)?.waitMs() ?? 0);
    return Math.max(1, Math.ceil(Math.max(0, ...waits) / 1000));
  }
}

function answerOf(
  outcomes: readonly (GateAdmission | 'busy' | Refusal)[],
  refusals: readonly Refusal[],
  shutS: number,
): Answer {
  const taken = outcomes.filter((each) => each === 'taken').length;
  if (outcomes.includes('busy')) return { verdict: 'busy', taken, retryAfterS: RETRY_AFTER_S };
  if (outcomes.includes('shut')) return { verdict: 'babbling', taken, retryAfterS: shutS };
  if (outcomes.includes('suspended')) return { verdict: 'suspended', taken, retryAfterS: SUSPENDED_RETRY_AFTER_S };
  const untaken = outcomes.filter((each) => each === 'refused').length;
  const all = untaken > 0 ? [...refusals, refuse('schema-violation', `${untaken} not taken by the gateway`)] : refusals;
  return all.length === 0 ? { verdict: 'taken', taken } : { verdict: 'refused', taken, refusals: all };
}

/** What is known of each after so long at most. */
async function within<Outcome>(
  ms: number,
  promises: readonly Promise<Outcome>[],
): Promise<readonly (Outcome | 'busy')[]> {
  const outcomes: (Outcome | 'busy')[] = promises.map(() => 'busy');
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const each = promises.map(async (promise, index) => {
    outcomes[index] = await promise;
  });
  await Promise.race([Promise.all(each), late]);
  clearTimeout(timer);
  return outcomes.slice();
}
