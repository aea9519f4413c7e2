import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AT_THE_TOP,
  climb,
  type LadderRules,
  type LadderState,
  RUNGS,
  type Rung,
  type Verdict,
} from '../../../edge-greengrass/power/ladder.ts';

const STEP_MS = 1000;
const AT_ONCE: LadderRules = { descent: 'at-once', confirmReadings: 2, stepMs: STEP_MS, unknownMaxMs: 5 * STEP_MS };
const STEP_BY_STEP: LadderRules = { ...AT_ONCE, descent: 'step-by-step' };

type Reading = readonly [atMs: number, verdict: Verdict];

/** The rung after each reading. */
function rungsAfter(readings: readonly Reading[], rules: LadderRules): readonly Rung[] {
  let state: LadderState = AT_THE_TOP;
  return readings.map(([atMs, verdict]) => {
    state = climb(state, verdict, atMs, rules);
    return state.rung;
  });
}

/** A reading every `everyMs` from `fromMs` on, `toMs` included. */
function steadily(verdict: Verdict, fromMs: number, toMs: number, everyMs = 100): readonly Reading[] {
  return Array.from({ length: Math.floor((toMs - fromMs) / everyMs) + 1 }, (_, index) => [
    fromMs + index * everyMs,
    verdict,
  ]);
}

const DOWN: readonly Reading[] = [
  [0, 'bad'],
  [100, 'bad'],
];

describe('down', () => {
  it('one bad reading is a glitch, two are believed', () => {
    expect(
      rungsAfter(
        [
          [0, 'bad'],
          [100, 'good'],
          [200, 'bad'],
          [300, 'poor'],
          [400, 'bad'],
        ],
        AT_ONCE,
      ),
    ).toEqual(['all', 'all', 'all', 'all', 'all']);
    expect(rungsAfter(DOWN, AT_ONCE)).toEqual(['all', 'critical']);
    expect(rungsAfter([[0, 'bad']], { ...AT_ONCE, confirmReadings: 1 })).toEqual(['critical']);
  });

  it('goes step by step where there is time, and on only while it stays bad', () => {
    const rungs = rungsAfter(steadily('bad', 0, 3100), STEP_BY_STEP);
    expect(rungs.slice(0, 12)).toEqual(['all', ...Array.from({ length: 10 }, () => 'timers'), 'streams']);
    expect(rungs.slice(20, 22)).toEqual(['streams', 'critical']);
    expect(rungsAfter([...steadily('bad', 0, 900), ...steadily('poor', 1000, 9000)], STEP_BY_STEP).at(-1)).toBe(
      'timers',
    );
  });
});

describe('up', () => {
  it('what went first comes last, a step apart', () => {
    const rungs = rungsAfter([...DOWN, ...steadily('good', 200, 3200)], AT_ONCE).slice(2);
    expect([9, 10, 19, 20, 29, 30].map((index) => rungs[index])).toEqual([
      'critical',
      'streams',
      'streams',
      'timers',
      'timers',
      'all',
    ]);
  });

  it('only after a whole step of nothing but good', () => {
    const almost = [...DOWN, ...steadily('good', 200, 1100)];
    for (const verdict of ['bad', 'poor', 'unknown'] as const) {
      expect(rungsAfter([...almost, [1150, verdict], ...steadily('good', 1200, 2100)], AT_ONCE).at(-1)).toBe(
        'critical',
      );
      expect(rungsAfter([...almost, [1150, verdict], ...steadily('good', 1200, 2200)], AT_ONCE).at(-1)).toBe('streams');
    }
  });
});

describe('a sensor that does not answer', () => {
  it('never leads down', () => {
    expect(new Set(rungsAfter(steadily('unknown', 0, 60_000), AT_ONCE))).toEqual(new Set(['all']));
  });

  it('holds what is, and only after long counts as good', () => {
    const readings = [...DOWN, ...steadily('unknown', 200, 6200)];
    expect(rungsAfter(readings, AT_ONCE).slice(0, -1).at(-1)).toBe('critical');
    expect(rungsAfter(readings, AT_ONCE).at(-1)).toBe('streams');
    expect(rungsAfter([...DOWN, ...steadily('unknown', 200, 8200)], AT_ONCE).at(-1)).toBe('all');
  });

  it('that answers now and then begins anew each time', () => {
    const nowAndThen = steadily('unknown', 200, 60_000).map(
      ([atMs], index): Reading => [atMs, index % 40 === 39 ? 'poor' : 'unknown'],
    );
    expect(rungsAfter([...DOWN, ...nowAndThen], AT_ONCE).at(-1)).toBe('critical');
  });
});

const verdict = fc.constantFrom<Verdict>('bad', 'poor', 'good', 'unknown');
/** Runs of one verdict, for what comes at random never stays good for long. */
const readings = fc
  .array(fc.record({ verdict, times: fc.integer({ min: 1, max: 40 }), everyMs: fc.integer({ min: 1, max: 400 }) }), {
    maxLength: 20,
  })
  .map((runs) => {
    let atMs = 0;
    return runs.flatMap(({ verdict, times, everyMs }) =>
      Array.from({ length: times }, (): Reading => [(atMs += everyMs), verdict]),
    );
  });
const rules = fc.record<LadderRules>({
  descent: fc.constantFrom('at-once', 'step-by-step'),
  confirmReadings: fc.integer({ min: 1, max: 5 }),
  stepMs: fc.constant(STEP_MS),
  unknownMaxMs: fc.constant(5 * STEP_MS),
});

interface Step {
  readonly atMs: number;
  readonly by: number;
}

function stepsOf(said: readonly Reading[], byRules: LadderRules): readonly Step[] {
  const rungs = rungsAfter(said, byRules).map((rung) => RUNGS.indexOf(rung));
  return rungs
    .map((rung, index): Step => ({ atMs: said[index]?.[0] ?? 0, by: rung - (rungs[index - 1] ?? RUNGS.length - 1) }))
    .filter(({ by }) => by !== 0);
}

describe('whatever the readings do', () => {
  it('steps up are one rung, a step of time after any other step', () => {
    fc.assert(
      fc.property(readings, rules, (said, byRules) => {
        const steps = stepsOf(said, byRules);
        for (const [index, { atMs, by }] of steps.entries()) {
          if (by < 0) continue;
          expect(by).toBe(1);
          expect(atMs - (steps[index - 1]?.atMs ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(STEP_MS);
        }
      }),
    );
  });

  it('it flaps no oftener than it recovers: in any step of time at most one way up, and at once down at most twice', () => {
    fc.assert(
      fc.property(readings, rules, (said, byRules) => {
        const steps = stepsOf(said, byRules);
        for (const { atMs: fromMs } of steps) {
          const within = steps.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + STEP_MS);
          expect(within.filter(({ by }) => by > 0).length).toBeLessThanOrEqual(1);
          expect(within.filter(({ by }) => by < 0).length).toBeLessThanOrEqual(2);
        }
      }),
    );
  });

  it('without a bad reading nothing is switched off', () => {
    fc.assert(
      fc.property(readings, rules, (said, byRules) => {
        const withoutBad = said.filter(([, verdict]) => verdict !== 'bad');
        expect(stepsOf(withoutBad, byRules)).toEqual([]);
      }),
    );
  });

  it('bad for long enough, only what is critical is left; good for long enough, all is back', () => {
    fc.assert(
      fc.property(readings, rules, (said, byRules) => {
        const endMs = said.at(-1)?.[0] ?? 0;
        const badUntilMs = endMs + 100 + 4 * STEP_MS;
        const bad = steadily('bad', endMs + 100, badUntilMs);
        expect(rungsAfter([...said, ...bad], byRules).at(-1)).toBe('critical');
        const good = steadily('good', badUntilMs + 100, badUntilMs + 100 + 3 * STEP_MS);
        expect(rungsAfter([...said, ...bad, ...good], byRules).at(-1)).toBe('all');
      }),
    );
  });
});
