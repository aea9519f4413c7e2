import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../../bin/explain/verdict.ts';
import type { SiblingExplanation } from '../../../core/twin/explain-json.ts';
import { explanationOf, NOW_MS, resolvedTo, siblingOf } from './explanations.ts';

const IN = { counted: true, outcome: 'counted' };
const out = (outcome: string) => ({ counted: false, outcome });
const UNTIL = { validUntilMs: NOW_MS + 60_000 };

describe('the verdict on a sibling', () => {
  it.each<[string, Partial<SiblingExplanation>, Parameters<typeof explanationOf>[0]]>([
    ['in: highest', IN, { policy: 'max' }],
    ['in: lowest', IN, { policy: 'min' }],
    ['in: newest', IN, { policy: 'latest' }],
    ['in: newest', IN, { policy: null, resolved: resolvedTo(1, { flags: ['undeclared'] }) }],
    ['in', IN, { policy: 'union' }],
    ['in: 0.2 σ off', { ...IN, sigmas: -0.24 }, { policy: 'mean-3-sigma' }],
    ['in: no sensor disagrees', IN, { policy: 'manual-review', resolved: resolvedTo(1) }],
    ['in: newest', IN, { policy: 'manual-review', resolved: resolvedTo(1, { flags: ['disagreeing'] }) }],
    ['in: decided until 16:32:14', { ...IN, ...UNTIL }, { policy: 'manual-review' }],
    ['out: lower', out('lower'), { policy: 'max' }],
    ['out: 4.2 σ off, needs calibration', { ...out('calibrate'), sigmas: 4.2 }, { policy: 'mean-3-sigma' }],
    ['out: older than 15 min', out('stale'), { maxAgeMs: 900_000 }],
    ['out: older than 90 s', out('stale'), { maxAgeMs: 90_000 }],
    ['out: distrusted until 2026-11-22 16:31', { ...out('distrusted'), distrustedUntilMs: NOW_MS + 86_400_000 }, {}],
    ['out: decision ended 16:30:14', { ...out('ended'), validUntilMs: NOW_MS - 60_000 }, {}],
    ['out: not of the declared kind', out('kind-mismatch'), {}],
    ['out: not needed, no sensor disagrees', { ...out('sensors-agree'), ...UNTIL }, { policy: 'manual-review' }],
    ['out: in review', out('in-review'), { policy: 'manual-review' }],
    ['out: in review', out('contradicted'), { policy: 'manual-review' }],
    ['out: contradicted by another decision', { ...out('contradicted'), ...UNTIL }, { policy: 'manual-review' }],
    ['out: a word of tomorrow', out('a-word-of-tomorrow'), {}],
    [
      'shown, but older than 15 min',
      out('stale'),
      { maxAgeMs: 900_000, resolved: resolvedTo(1, { quality: 'stale', sources: ['gate'] }) },
    ],
  ])('is "%s"', (verdict, sibling, explanation) => {
    expect(verdictOf(siblingOf('gate', 1, 10, sibling), explanationOf(explanation))).toBe(verdict);
  });
});
