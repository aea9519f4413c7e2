/**
 * What runs, from least to most. A ladder has one thing more switched on at each rung, so what went first comes back last,
 * and the load comes back in steps.
 */

/** `critical`: only critical streams. `streams`: all of them, slowly. `timers`: at their pace. `all`: cameras too. */
export const RUNGS = ['critical', 'streams', 'timers', 'all'] as const;
export type Rung = (typeof RUNGS)[number];

/** What one reading says: `bad` is too low or too hot, `poor` is between both thresholds. */
export type Verdict = 'bad' | 'poor' | 'good' | 'unknown';

export interface LadderRules {
  /** Down to the ground at once, or a rung every `stepMs` while it stays bad. */
  readonly descent: 'at-once' | 'step-by-step';
  /** So many bad readings in a row are believed. */
  readonly confirmReadings: number;
  /** Good for so long, it goes up a rung. */
  readonly stepMs: number;
  /** Without an answer for so long, all is taken to be good: a broken sensor must not blind a junction for ever. */
  readonly unknownMaxMs: number;
}

export interface LadderState {
  readonly rung: Rung;
  /** In a row. */
  readonly badReadings: number;
  /** Since when nothing but good was read; counted anew from each step up. */
  readonly goodSinceMs?: number;
  readonly steppedDownAtMs?: number;
  readonly unknownSinceMs?: number;
}

export const AT_THE_TOP: LadderState = { rung: 'all', badReadings: 0 };

/**
 * One reading further. Between two steps up, and between a step down and one up, lie `stepMs` of good readings, so whatever
 * the readings do, it steps up at most once in that time, and at once down at most once more often than up.
 *
 * @param nowMs of a clock that never goes back
 */
export function climb(state: LadderState, verdict: Verdict, nowMs: number, rules: LadderRules): LadderState {
  if (verdict === 'bad') return afterBad(state, nowMs, rules);
  if (verdict === 'good') return afterGood(state, nowMs, rules);
  if (verdict === 'poor') return { ...resting(state), badReadings: 0 };
  const unknownSinceMs = state.unknownSinceMs ?? nowMs;
  const isBroken = nowMs - unknownSinceMs >= rules.unknownMaxMs;
  return { ...(isBroken ? afterGood(state, nowMs, rules) : resting(state)), unknownSinceMs };
}

/** Neither up nor down: what was good so far does not count any more. */
function resting({ rung, badReadings, steppedDownAtMs }: LadderState): LadderState {
  return { rung, badReadings, ...(steppedDownAtMs !== undefined && { steppedDownAtMs }) };
}

function afterBad(state: LadderState, nowMs: number, { descent, confirmReadings, stepMs }: LadderRules): LadderState {
  const badReadings = Math.min(state.badReadings + 1, confirmReadings);
  const rested = { ...resting(state), badReadings };
  if (badReadings < confirmReadings || state.rung === 'critical') return rested;
  if (descent === 'at-once') return { ...rested, rung: 'critical', steppedDownAtMs: nowMs };
  const { steppedDownAtMs = Number.NEGATIVE_INFINITY } = state;
  return nowMs - steppedDownAtMs >= stepMs
    ? { ...rested, rung: beside(state.rung, -1), steppedDownAtMs: nowMs }
    : rested;
}

function afterGood(state: LadderState, nowMs: number, { stepMs }: LadderRules): LadderState {
  if (state.rung === 'all') return AT_THE_TOP;
  const goodSinceMs = state.goodSinceMs ?? nowMs;
  const rested = { ...resting(state), badReadings: 0, goodSinceMs };
  return nowMs - goodSinceMs >= stepMs ? { ...rested, rung: beside(state.rung, 1), goodSinceMs: nowMs } : rested;
}

function beside(rung: Rung, step: 1 | -1): Rung {
  return RUNGS[RUNGS.indexOf(rung) + step] ?? rung;
}

/** The one of two that has less switched on. */
export function lower(one: Rung, other: Rung): Rung {
  return RUNGS.indexOf(one) < RUNGS.indexOf(other) ? one : other;
}
