import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttributeValue, Observation } from '../../../../core/observation.ts';
import type { AssetType, AttributeType } from '../../../../core/schema/city-config.ts';
import { distrustRegister } from '../../../../core/twin/distrust.ts';
import type { Evidence } from '../../../../core/twin/evidence.ts';
import { emptyTwin, merge } from '../../../../core/twin/join.ts';
import { manualReview } from '../../../../core/twin/policies/manual-review.ts';
import type { Circumstances, Vote } from '../../../../core/twin/policies/policy.ts';
import { resolve } from '../../../../core/twin/resolve.ts';
import type { Twin } from '../../../../core/twin/twin.ts';
import { observationOf } from '../arbitraries.ts';

const MAX_AGE_MS = 20;
const LAMP: AttributeType = {
  description: 'which lamp is lit',
  kind: 'string',
  policy: 'manual-review',
  failSafe: 'dark',
  disagreeMaxMs: 3000,
  maxAgeMs: MAX_AGE_MS,
  reporting: 'state',
};
const SIGNAL: AssetType = { description: '', model: 'test', attributes: { lamp: LAMP } };
const WATCHED = { id: 'review', onsetMs: 1 };
const OPEN = { ...WATCHED, openedAtMs: 2 };

const sensor = (source: string, stamp: bigint, value: AttributeValue): Vote => ({ source, stamp, value });
const decision = (source: string, stamp: bigint, value: AttributeValue): Vote => ({
  ...sensor(`operator/${source}`, stamp, value),
  validUntilMs: 1000,
});

const red = sensor('camera', 1n, 'red');
const green = sensor('loop', 2n, 'green');
const greenToo = sensor('radar', 3n, 'green');
const decidedRed = decision('ann', 4n, 'red');
const decidedGreen = decision('ben', 5n, 'green');

type Case = readonly [
  what: string,
  votes: readonly Vote[],
  circumstances: Partial<Pick<Circumstances, 'review' | 'unheard'>>,
  verdict: { value: AttributeValue; counted: string[]; flags?: string[]; disagreeing: boolean; out: object },
];

const CASES: readonly Case[] = [
  ['one sensor', [red], {}, { value: 'red', counted: ['camera'], disagreeing: false, out: {} }],
  [
    'sensors that agree count, whatever is open',
    [green, greenToo],
    { review: OPEN },
    { value: 'green', counted: ['loop', 'radar'], disagreeing: false, out: {} },
  ],
  [
    'sensors that agree override a decision',
    [green, greenToo, decidedRed],
    { review: OPEN },
    { value: 'green', counted: ['loop', 'radar'], disagreeing: false, out: { 'operator/ann': 'sensors-agree' } },
  ],
  [
    'of sensors that differ the newest counts',
    [red, green],
    {},
    { value: 'green', counted: ['loop'], disagreeing: true, out: { camera: 'older' } },
  ],
  [
    'and while the review is only watched',
    [red, green],
    { review: WATCHED },
    { value: 'green', counted: ['loop'], disagreeing: true, out: { camera: 'older' } },
  ],
  [
    'and where a decision stands that they override',
    [red, green, decidedRed],
    {},
    { value: 'green', counted: ['loop'], disagreeing: true, out: { camera: 'older', 'operator/ann': 'older' } },
  ],
  [
    'an open review without a decision is safe',
    [red, green],
    { review: OPEN },
    {
      value: 'dark',
      counted: [],
      flags: ['fail-safe'],
      disagreeing: true,
      out: { camera: 'in-review', loop: 'in-review' },
    },
  ],
  [
    'an open review is settled by a decision',
    [red, green, decidedRed],
    { review: OPEN },
    {
      value: 'red',
      counted: ['operator/ann'],
      flags: ['decided'],
      disagreeing: true,
      out: { camera: 'in-review', loop: 'in-review' },
    },
  ],
  [
    'two authorities who decide the same',
    [decidedRed, decision('ben', 5n, 'red')],
    { review: OPEN, unheard: true },
    { value: 'red', counted: ['operator/ann', 'operator/ben'], flags: ['decided'], disagreeing: false, out: {} },
  ],
  [
    'two authorities who contradict each other',
    [decidedRed, decidedGreen],
    { review: OPEN, unheard: true },
    {
      value: 'dark',
      counted: [],
      flags: ['fail-safe'],
      disagreeing: true,
      out: { 'operator/ann': 'contradicted', 'operator/ben': 'contradicted' },
    },
  ],
  [
    'a decision holds until the others are heard again',
    [green, decidedRed],
    { unheard: true },
    { value: 'red', counted: ['operator/ann'], flags: ['decided'], disagreeing: false, out: { loop: 'in-review' } },
  ],
  [
    'and so does the fail-safe value of an open review whose decision has ended',
    [green],
    { review: OPEN, unheard: true },
    { value: 'dark', counted: [], flags: ['fail-safe'], disagreeing: false, out: { loop: 'in-review' } },
  ],
  [
    'without a decision and an open review a gateway may supersede what it likes',
    [green],
    { unheard: true },
    { value: 'green', counted: ['loop'], disagreeing: false, out: {} },
  ],
  [
    'a decision alone',
    [decidedRed],
    {},
    { value: 'red', counted: ['operator/ann'], flags: ['decided'], disagreeing: false, out: {} },
  ],
];

describe('manual-review', () => {
  it.each(CASES)('%s', (_, votes, given, { out, ...verdict }) => {
    const circumstances = { attributeType: LAMP, calibration: undefined, review: undefined, unheard: false, ...given };
    const expected = { ...verdict, leftOut: new Map(Object.entries(out)) };
    expect(manualReview.resolve(votes, circumstances)).toEqual(expected);
    expect(manualReview.resolve(votes.toReversed(), circumstances)).toEqual(expected);
  });

  it('takes numbers within the tolerance for agreement, and gives the newest', () => {
    const attributeType: AttributeType = { ...LAMP, kind: 'number', failSafe: 0, tolerance: 2 };
    const circumstances = { attributeType, calibration: undefined, review: OPEN, unheard: false };
    const [three, five, six] = [sensor('a', 1n, 3), sensor('b', 3n, 5), sensor('c', 2n, 6)];
    expect(manualReview.resolve([three, five], circumstances)).toMatchObject({ value: 5, disagreeing: false });
    expect(manualReview.resolve([three, six], circumstances)).toMatchObject({ value: 0, disagreeing: true });
  });
});

/** What happened, in order; each event is one millisecond after the one before. */
type Event =
  | { readonly kind: 'reading'; readonly source: string; readonly value: string }
  /** Its author had seen all but the last `unseen` events. */
  | {
      readonly kind: 'decision';
      readonly source: string;
      readonly value: string;
      readonly validForMs: number;
      readonly unseen: number;
    }
  | { readonly kind: 'distrust'; readonly source: string; readonly of: string; readonly untilMs: number };

const SENSORS = ['camera', 'loop', 'radar'];
const events: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('reading' as const),
      source: fc.constantFrom(...SENSORS),
      value: fc.constantFrom('red', 'green'),
    }),
  },
  fc.record({
    kind: fc.constant('decision' as const),
    source: fc.constantFrom('operator/ann', 'operator/ben'),
    value: fc.constantFrom('red', 'green'),
    validForMs: fc.integer({ min: 1, max: 60 }),
    unseen: fc.nat({ max: 2 }),
  }),
  fc.record({
    kind: fc.constant('distrust' as const),
    source: fc.constantFrom('operator/ann', 'operator/ben'),
    of: fc.constantFrom(...SENSORS),
    untilMs: fc.integer({ min: 1, max: 80 }),
  }),
);

describe('a reviewed attribute', () => {
  it('is what its history says, now and until it says that it will change', () => {
    fc.assert(
      fc.property(
        fc.array(events, { minLength: 1, maxLength: 10 }),
        fc.constantFrom(undefined, WATCHED, OPEN),
        fc.nat({ max: 80 }),
        (history, review, nowMs) => {
          const twin = twinOf(history);
          const reviews = new Map(review ? [['lamp', review]] : []);
          const evidence: Evidence = { calibrations: new Map(), reviews };
          const at = (ms: number) => resolve(twin, SIGNAL, ms, evidence).attributes.get('lamp');
          const expected = expectedAt(nowMs, history, review === OPEN);
          if (!expected) {
            expect(at(nowMs)).toBeUndefined();
            return;
          }

          const { validUntilMs, ...resolved } = at(nowMs) ?? {};
          expect(resolved).toEqual(expected);
          const endMs = validUntilMs ?? 200;
          for (let ms = nowMs + 1; ms < endMs; ms++) expect(expectedAt(ms, history, review === OPEN)).toEqual(expected);
          if (endMs < 200) expect(expectedAt(endMs, history, review === OPEN)).not.toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** The twin by way of the real merge. */
function twinOf(history: readonly Event[]): Twin {
  let twin = emptyTwin('junction', 'TrafficSignal', 'north', true);
  const contexts: ReadonlyMap<string, bigint>[] = [];
  for (const [timeMs, event] of history.entries()) {
    contexts.push(new Map([...(twin.registers.get('lamp') ?? [])].map(([source, { stamp }]) => [source, stamp])));
    twin = merge(twin, [observed(event, timeMs, contexts)]).twin;
  }
  return twin;
}

function observed(event: Event, timeMs: number, contexts: readonly ReadonlyMap<string, bigint>[]): Observation {
  const { kind, source } = event;
  const common = { assetId: 'junction', assetType: 'TrafficSignal', kind, source, stamp: BigInt(timeMs) * 1_000_000n };
  switch (event.kind) {
    case 'reading':
      return observationOf({ ...common, attributes: new Map([['lamp', event.value]]) });
    case 'decision':
      return observationOf({
        ...common,
        attributes: new Map([['lamp', event.value]]),
        seen: new Map([['lamp', contexts[Math.max(0, timeMs - event.unseen)] ?? new Map()]]),
        validUntilMs: timeMs + event.validForMs,
      });
    default:
      return observationOf({
        ...common,
        attributes: new Map([[distrustRegister('lamp', event.of), event.untilMs]]),
      });
  }
}

type Saying = Extract<Event, { readonly value: string }> & { readonly timeMs: number };

/** The same from the list of all that was said, without registers: `undefined` where nothing was said about the lamp. */
function expectedAt(nowMs: number, history: readonly Event[], isOpen: boolean) {
  const said = history.flatMap((event, timeMs): Saying[] => ('value' in event ? [{ ...event, timeMs }] : []));
  const isSuperseded = (saying: Saying): boolean =>
    said.some(({ source, timeMs, ...later }) => {
      if (source === saying.source) return timeMs > saying.timeMs;
      return later.kind === 'decision' && saying.timeMs < timeMs - later.unseen;
    });
  const standing = said.filter((saying) => !isSuperseded(saying));
  const newest = standing.at(-1);
  if (!newest) return undefined;

  const isDistrusted = (sensor: string): boolean => {
    const ends = new Map<string, number>();
    for (const event of history)
      if (event.kind === 'distrust' && event.of === sensor) ends.set(event.source, event.untilMs);
    return [...ends.values()].some((untilMs) => nowMs < untilMs);
  };
  const sensors = standing.filter(
    ({ kind, timeMs, source }) => kind === 'reading' && nowMs - timeMs <= MAX_AGE_MS && !isDistrusted(source),
  );
  const decisions = standing.filter(
    (saying) => saying.kind === 'decision' && nowMs < saying.timeMs + saying.validForMs,
  );
  if (sensors.length + decisions.length === 0) {
    const last = standing.findLast(({ source }) => !isDistrusted(source)) ?? newest;
    return outcome('dark', [], last, 'stale', ['fail-safe']);
  }

  const isAnySilent = SENSORS.some((sensor) => {
    const last = said.findLast(({ source }) => source === sensor);
    return last && isSuperseded(last) && nowMs - last.timeMs <= MAX_AGE_MS && !isDistrusted(sensor);
  });
  const mustWait = isAnySilent && (isOpen || decisions.length > 0);
  const differ = new Set(sensors.map(({ value }) => value)).size > 1;
  const last = sensors.at(-1);
  if (last && !mustWait && !differ) return outcome(last.value, sensors, last, 'good', []);
  if (last && !mustWait && !isOpen) return outcome(last.value, [last], last, 'uncertain', ['disagreeing']);
  const newestVoter = [...sensors, ...decisions].toSorted((a, b) => b.timeMs - a.timeMs)[0] ?? newest;
  const verdicts = new Set(decisions.map(({ value }) => value));
  const doubt = differ || verdicts.size > 1 ? ['disagreeing'] : [];
  const [decided] = verdicts.size === 1 ? verdicts : [];
  return decided === undefined
    ? outcome('dark', [], newestVoter, 'uncertain', [...doubt, 'fail-safe'])
    : outcome(decided, decisions, decisions.at(-1) ?? newest, differ ? 'uncertain' : 'good', ['decided', ...doubt]);
}

function outcome(value: string, makers: readonly Saying[], newest: Saying, quality: string, flags: readonly string[]) {
  const sources = makers.map(({ source }) => source).sort();
  return { value, observedAtMs: newest.timeMs, sources, quality, flags };
}
