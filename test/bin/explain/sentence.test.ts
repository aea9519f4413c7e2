import { describe, expect, it } from 'vitest';
import { sentenceOf } from '../../../bin/explain/sentence.ts';
import { explanationOf, NOW_MS, resolvedTo, siblingOf } from './explanations.ts';

const out = (outcome: string) => ({ counted: false, outcome });
const HALF_AN_HOUR_ON = { validUntilMs: NOW_MS + 1_800_000 };
const gate = siblingOf('gate', 61, 12);
const two = [gate, siblingOf('camera', 54, 40, out('lower'))];
const lamps = [siblingOf('loop', 'green', 2, out('in-review')), siblingOf('controller', 'red', 9, out('in-review'))];
const review = { id: 'r1', onsetMs: NOW_MS - 60_000 };

describe('the sentence says that the value is', () => {
  it.each<[string, Parameters<typeof explanationOf>[0]]>([
    ['Nobody has reported it yet.', {}],
    [
      'What was reported is superseded, and nothing stands.',
      { superseded: [{ source: 'gate', stamp: '1', observedAtMs: 0, seenBy: [] }] },
    ],
    ['The highest of 2.', { policy: 'max', resolved: resolvedTo(61), siblings: two }],
    ['The lowest of 2.', { policy: 'min', resolved: resolvedTo(54), siblings: two }],
    ['The newest of 2.', { policy: 'latest', resolved: resolvedTo(61), siblings: two }],
    [
      'The newest of 2, which differ by more than 3 °C.',
      {
        policy: 'latest',
        tolerance: 3,
        resolved: resolvedTo(61, { unit: 'CEL', flags: ['disagreeing'] }),
        siblings: two,
      },
    ],
    ['All that 2 sources say.', { policy: 'union', resolved: resolvedTo([54, 61]), siblings: two }],
    ['What gate says, the only one that votes.', { resolved: resolvedTo(61), siblings: [siblingOf('gate', 61, 12)] }],
    [
      'What gate says, the only one that votes; camera has no vote (older than 15 min).',
      { resolved: resolvedTo(61), siblings: [siblingOf('gate', 61, 12), siblingOf('camera', 54, 40, out('stale'))] },
    ],
    [
      'What gate says, the only one that votes; 3 more have no vote.',
      {
        resolved: resolvedTo(61),
        siblings: ['gate', 'a', 'b', 'c'].map((source) =>
          siblingOf(source, 1, 1, source === 'gate' ? {} : out('stale')),
        ),
      },
    ],
    [
      'Nobody votes any more, so it is what gate said last, 30 min ago.',
      {
        resolved: resolvedTo(61, { quality: 'stale', sources: ['gate'], observedAtMs: NOW_MS - 1_800_000 }),
        siblings: [siblingOf('gate', 61, 1800, out('stale'))],
      },
    ],
    [
      'The fail-safe value, because nobody votes any more; somebody last did 30 min ago.',
      {
        policy: 'manual-review',
        resolved: resolvedTo('dark', {
          quality: 'stale',
          flags: ['fail-safe'],
          sources: [],
          observedAtMs: NOW_MS - 1_800_000,
        }),
        siblings: [siblingOf('loop', 'green', 1800, out('stale'))],
      },
    ],
    [
      'What gate said last; the asset’s type does not declare it (any more).',
      { policy: null, resolved: resolvedTo(61, { sources: ['gate'], flags: ['undeclared'] }), siblings: two },
    ],
    [
      'The mean of 2 that agree within their errors; it was 58.1 °C before.',
      {
        policy: 'mean-3-sigma',
        resolved: resolvedTo(58, { unit: 'CEL' }),
        siblings: [gate, siblingOf('b', 1, 1)],
        before: resolvedTo(58.1, { unit: 'CEL' }),
      },
    ],
    [
      'The mean of 2 that differ by more than their errors explain; nothing tells which one is wrong.',
      {
        policy: 'mean-3-sigma',
        resolved: resolvedTo(58, { flags: ['disagreeing'] }),
        siblings: [gate, siblingOf('b', 1, 1)],
      },
    ],
    [
      'The mean of 2 of 4, because they read as usual; c is 4.2 σ off, d is 5.0 σ off and need calibration.',
      {
        policy: 'mean-3-sigma',
        resolved: resolvedTo(58, { flags: ['calibrate'] }),
        siblings: [
          siblingOf('a', 1, 1),
          siblingOf('b', 1, 1),
          siblingOf('c', 9, 1, { ...out('calibrate'), sigmas: 4.21 }),
          siblingOf('d', 9, 1, { ...out('calibrate'), sigmas: -5 }),
        ],
      },
    ],
    [
      'What all 2 say.',
      { policy: 'max', resolved: resolvedTo(61), siblings: [gate, siblingOf('camera', 61, 40, out('older'))] },
    ],
    [
      'The newest of 2 that differ since 16:30:14, while it is watched whether that lasts.',
      { policy: 'manual-review', review, resolved: resolvedTo('green', { flags: ['disagreeing'] }), siblings: lamps },
    ],
    [
      'The fail-safe value, because 2 sources differ since 16:30:14 and nobody has decided.',
      { policy: 'manual-review', review, resolved: resolvedTo('dark', { flags: ['fail-safe'] }), siblings: lamps },
    ],
    [
      'The fail-safe value, because 2 decisions contradict one another.',
      {
        policy: 'manual-review',
        resolved: resolvedTo('dark', { flags: ['fail-safe'] }),
        siblings: ['operator/ada', 'operator/bob'].map((source) =>
          siblingOf(source, source, 1, { ...out('contradicted'), ...HALF_AN_HOUR_ON }),
        ),
      },
    ],
    [
      'The fail-safe value, because not all sources have been heard since the last decision.',
      { policy: 'manual-review', resolved: resolvedTo('dark', { flags: ['fail-safe'] }), siblings: lamps.slice(1) },
    ],
    [
      'As operator/ada has decided until 17:01:14, because 2 sources differ since 16:30:14.',
      {
        policy: 'manual-review',
        review,
        resolved: resolvedTo('dark', { flags: ['decided', 'disagreeing'] }),
        siblings: [...lamps, siblingOf('operator/ada', 'dark', 5, HALF_AN_HOUR_ON)],
      },
    ],
    [
      'As operator/ada has decided until 17:01:14, or until every source has been heard again.',
      {
        policy: 'manual-review',
        resolved: resolvedTo('dark', { flags: ['decided'] }),
        siblings: [...lamps.slice(1), siblingOf('operator/ada', 'dark', 5, HALF_AN_HOUR_ON)],
      },
    ],
    [
      'What loop says, the only one that votes.',
      {
        policy: 'manual-review',
        resolved: resolvedTo('green'),
        siblings: [
          siblingOf('loop', 'green', 2),
          siblingOf('operator/ada', 'green', 5, { ...out('sensors-agree'), ...HALF_AN_HOUR_ON }),
        ],
      },
    ],
    [
      'What gate says, because it reads as usual; b is 9.0 σ off and needs calibration.',
      {
        policy: 'mean-3-sigma',
        resolved: resolvedTo(58, { flags: ['calibrate'] }),
        siblings: [gate, siblingOf('b', 1, 1, { ...out('calibrate'), sigmas: 9 })],
      },
    ],
  ])('%s', (sentence, explanation) => {
    expect(sentenceOf(explanationOf(explanation))).toBe(sentence);
  });

  it('the newest position', () => {
    const resolved = { value: { longitude: 1, latitude: 2 }, observedAtMs: NOW_MS, source: 'tracker' };
    expect(sentenceOf(explanationOf({ attribute: 'position', policy: 'latest', resolved }))).toBe(
      'The newest position, by tracker.',
    );
  });
});
