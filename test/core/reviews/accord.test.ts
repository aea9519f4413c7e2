import { describe, expect, it } from 'vitest';
import { type Accord, accordsOf } from '../../../core/reviews/accord.ts';
import { nextStepOf } from '../../../core/reviews/next-step.ts';
import { NO_EVIDENCE } from '../../../core/twin/evidence.ts';
import { merge } from '../../../core/twin/join.ts';
import type { Twin } from '../../../core/twin/twin.ts';
import { CITY, decides, DISAGREE_MAX_MS, MAX_AGE_MS, NOW_MS, says, SIGNAL, twinOf } from './signals.ts';

const OPEN = { calibrations: new Map(), reviews: new Map([['lamp', { id: 'r', onsetMs: 1, openedAtMs: 2 }]]) };
const inDispute = twinOf(says('controller', 'green', 3000), says('camera', 'red', 2000));
const decided = merge(inDispute, [decides(inDispute, 'ann', 'red', 1000, 60_000)]).twin;

const CASES: readonly [what: string, twin: Twin, evidence: typeof NO_EVIDENCE, accord: Accord, voters: string[]][] = [
  ['one source agrees with itself', twinOf(says('camera', 'red')), NO_EVIDENCE, 'agreeing', ['camera']],
  ['two that differ do not', inDispute, NO_EVIDENCE, 'disagreeing', ['camera', 'controller']],
  ['nor do they once the review is open', inDispute, OPEN, 'disagreeing', ['camera', 'controller']],
  [
    'one that is too old has no say',
    twinOf(says('controller', 'green', MAX_AGE_MS + 1), says('camera', 'red')),
    OPEN,
    'agreeing',
    ['camera'],
  ],
  ['nobody who says anything agrees', twinOf(), OPEN, 'agreeing', []],
  [
    'but nobody can tell once all are too old',
    twinOf(says('controller', 'green', MAX_AGE_MS + 1), says('camera', 'red', MAX_AGE_MS + 1)),
    OPEN,
    'undecided',
    [],
  ],
  [
    'and if nobody had to decide, nobody need',
    twinOf(says('controller', 'green', MAX_AGE_MS + 1), says('camera', 'red', MAX_AGE_MS + 1)),
    NO_EVIDENCE,
    'agreeing',
    [],
  ],
  ['after a decision nobody can tell', decided, OPEN, 'undecided', ['operator/ann']],
  [
    'nor when one of them has been heard again',
    merge(decided, [says('camera', 'red', 500)]).twin,
    OPEN,
    'undecided',
    ['camera', 'operator/ann'],
  ],
  [
    'only when both have',
    merge(decided, [says('camera', 'red', 500), says('controller', 'red', 400)]).twin,
    OPEN,
    'agreeing',
    ['camera', 'controller', 'operator/ann'],
  ],
  [
    'and they may differ again',
    merge(decided, [says('camera', 'red', 500), says('controller', 'green', 400)]).twin,
    OPEN,
    'disagreeing',
    ['camera', 'controller', 'operator/ann'],
  ],
  [
    'authorities who contradict each other disagree',
    merge(decided, [decides(inDispute, 'ben', 'green', 1000, 60_000)]).twin,
    OPEN,
    'disagreeing',
    ['operator/ann', 'operator/ben'],
  ],
];

describe('whether the sources of an attribute agree', () => {
  it.each(CASES)('%s', (_, twin, evidence, accord, voters) => {
    expect(accordsOf(twin, SIGNAL, NOW_MS, evidence)).toEqual([{ attribute: 'lamp', accord, voters }]);
  });

  it('is not asked of what no review is for', () => {
    const lot = CITY.assetTypes['Lot'];
    expect(lot && accordsOf(inDispute, lot, NOW_MS, NO_EVIDENCE)).toEqual([]);
  });
});

describe('what becomes of a review', () => {
  const watched = { id: 'r', onsetMs: NOW_MS };
  const open = { ...watched, openedAtMs: NOW_MS };

  it.each([
    [watched, 'disagreeing', DISAGREE_MAX_MS, 'wait'],
    [watched, 'disagreeing', DISAGREE_MAX_MS + 1, 'open'],
    [watched, 'undecided', DISAGREE_MAX_MS + 1, 'wait'],
    [watched, 'agreeing', 0, 'clear'],
    [open, 'disagreeing', DISAGREE_MAX_MS + 1, 'wait'],
    [open, 'undecided', DISAGREE_MAX_MS + 1, 'wait'],
    [open, 'agreeing', 0, 'clear'],
  ] as const)('%o %s after %d ms: %s', (review, accord, afterMs, step) => {
    expect(nextStepOf(review, accord, DISAGREE_MAX_MS, NOW_MS + afterMs)).toBe(step);
  });
});
