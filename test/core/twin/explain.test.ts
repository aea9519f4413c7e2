import { describe, expect, it } from 'vitest';
import type { AssetType } from '../../../core/schema/city-config.ts';
import { NO_EVIDENCE } from '../../../core/twin/evidence.ts';
import { explain } from '../../../core/twin/explain.ts';
import { emptyTwin, merge } from '../../../core/twin/join.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import { ASSET_ID, observationOf } from './arbitraries.ts';

const T0_MS = Date.UTC(2026, 10, 21, 8);
const NOW_MS = T0_MS + 60_000;

const TYPE: AssetType = {
  description: '',
  model: 'cityweave',
  attributes: {
    intensity: { description: '', kind: 'number', unit: 'C62', policy: 'max', maxAgeMs: 60_000, reporting: 'state' },
    warmth: {
      description: '',
      kind: 'number',
      policy: 'mean-3-sigma',
      accuracy: 0.5,
      maxAgeMs: 60_000,
      reporting: 'state',
    },
    lamp: {
      description: '',
      kind: 'string',
      policy: 'manual-review',
      failSafe: 'dark',
      disagreeMaxMs: 1,
      maxAgeMs: 60_000,
      reporting: 'state',
    },
    occupancy: { description: '', kind: 'number', policy: 'min', maxAgeMs: 1, tolerance: 3, reporting: 'state' },
  },
};

const seen = new Map([['intensity', new Map([['radar-0', stampOf(T0_MS, 5)]])]]);
const intensity = (value: number) => new Map([['intensity', value]]);
const { twin } = merge(emptyTwin(ASSET_ID, 'TrafficFlowObserved', 'north', true), [
  observationOf({ source: 'old-1', stamp: stampOf(T0_MS - 1, 0), attributes: intensity(99) }),
  observationOf({ source: 'cam-1', stamp: stampOf(T0_MS, 4711), attributes: intensity(60), flags: ['coarse-clock'] }),
  observationOf({ source: 'loop-1', stamp: stampOf(T0_MS + 1, 0), attributes: intensity(61), seen }),
  observationOf({
    source: 'loop-1',
    stamp: stampOf(T0_MS + 2, 0),
    attributes: new Map([['retired', 'x']]),
    position: { longitude: 13.4, latitude: 52.5 },
  }),
]);

describe('explain', () => {
  it('names policy, siblings, what is in and out and why, and what was superseded', () => {
    expect(explain(twin, TYPE, 'intensity', NOW_MS)).toEqual({
      assetId: ASSET_ID,
      attribute: 'intensity',
      nowMs: NOW_MS,
      policy: 'max',
      maxAgeMs: 60_000,
      tolerance: 0,
      calibration: null,
      review: null,
      resolved: {
        value: 61,
        unit: 'C62',
        observedAtMs: T0_MS + 1,
        sources: ['loop-1'],
        quality: 'uncertain',
        flags: ['disagreeing'],
        validUntilMs: T0_MS + 60_001,
      },
      siblings: [
        {
          source: 'loop-1',
          stamp: '1795248000001000000',
          value: 61,
          observedAtMs: T0_MS + 1,
          receivedAtMs: 1000,
          ageMs: 59_999,
          flags: [],
          counted: true,
          outcome: 'counted',
        },
        {
          source: 'cam-1',
          stamp: '1795248000000004711',
          value: 60,
          observedAtMs: T0_MS,
          receivedAtMs: 1000,
          ageMs: 60_000,
          flags: ['coarse-clock'],
          counted: false,
          outcome: 'lower',
        },
        {
          source: 'old-1',
          stamp: '1795247999999000000',
          value: 99,
          observedAtMs: T0_MS - 1,
          receivedAtMs: 1000,
          ageMs: 60_001,
          flags: [],
          counted: false,
          outcome: 'stale',
        },
      ],
      superseded: [{ source: 'radar-0', stamp: '1795248000000000005', observedAtMs: T0_MS, seenBy: [] }],
    });
  });

  it('explains a position', () => {
    expect(explain(twin, TYPE, 'position', NOW_MS)).toMatchObject({
      policy: 'latest',
      maxAgeMs: null,
      resolved: { value: { longitude: 13.4, latitude: 52.5 }, source: 'loop-1' },
      siblings: [{ source: 'loop-1', counted: true }],
    });
    expect(explain({ ...twin, registers: new Map() }, TYPE, 'position', NOW_MS)).toBeUndefined();
  });

  it('explains an attribute that is declared but was never reported', () => {
    expect(explain(twin, TYPE, 'occupancy', NOW_MS)).toMatchObject({
      policy: 'min',
      tolerance: 3,
      resolved: null,
      siblings: [],
      superseded: [],
    });
  });

  it('explains an attribute that was reported but is not declared', () => {
    expect(explain(twin, TYPE, 'retired', NOW_MS)).toMatchObject({
      policy: null,
      maxAgeMs: null,
      tolerance: null,
      resolved: { value: 'x', flags: ['undeclared'] },
      siblings: [{ source: 'loop-1', outcome: 'counted' }],
    });
  });

  it.each(['nothing', 'constructor', '__proto__'])('knows nothing of %s', (name) => {
    expect(explain(twin, TYPE, name, NOW_MS)).toBeUndefined();
  });

  it('is plain JSON', () => {
    const explanation = explain(twin, TYPE, 'intensity', NOW_MS);
    expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation);
  });

  it('gives what a policy that measures went by: bias, σ, and the distance from the value in both', () => {
    const { twin: measured } = merge(emptyTwin(ASSET_ID, 'TrafficFlowObserved', 'north', true), [
      observationOf({ source: 'a', stamp: stampOf(T0_MS, 0), attributes: new Map([['warmth', 20]]) }),
      observationOf({ source: 'b', stamp: stampOf(T0_MS, 0), attributes: new Map([['warmth', 21]]) }),
      observationOf({ source: 'c', stamp: stampOf(T0_MS, 0), attributes: new Map([['warmth', 30]]) }),
    ]);
    const sources = new Map([['b', { bias: 1, sigma: 0.5 }]]);
    const evidence = { ...NO_EVIDENCE, calibrations: new Map([['warmth', { version: 'w7', sources }]]) };
    const explanation = explain(measured, TYPE, 'warmth', NOW_MS, evidence);
    expect(explanation).toMatchObject({ calibration: 'w7', resolved: { value: 20, flags: ['calibrate'] } });
    expect(explanation?.siblings).toMatchObject([
      { source: 'a', bias: 0, sigma: 0.5, distance: 0, sigmas: 0, counted: true },
      { source: 'b', bias: 1, sigma: 0.5, distance: 0, sigmas: 0, counted: true },
      { source: 'c', bias: 0, sigma: 0.5, distance: 10, sigmas: 20, counted: false, outcome: 'calibrate' },
    ]);
  });

  it('names the review, the decision with its end, and who may have seen what it superseded', () => {
    const untilMs = NOW_MS + 1000;
    const { twin: decided } = merge(emptyTwin(ASSET_ID, 'TrafficFlowObserved', 'north', true), [
      observationOf({
        source: 'operator/ada',
        kind: 'decision',
        stamp: stampOf(T0_MS + 1, 0),
        seen: new Map([['lamp', new Map([['cam-1', stampOf(T0_MS, 0)]])]]),
        attributes: new Map([['lamp', 'dark']]),
        validUntilMs: untilMs,
      }),
    ]);
    const review = { id: 'r1', onsetMs: T0_MS, openedAtMs: T0_MS + 5 };
    const evidence = { ...NO_EVIDENCE, reviews: new Map([['lamp', review]]) };
    expect(explain(decided, TYPE, 'lamp', NOW_MS, evidence)).toMatchObject({
      policy: 'manual-review',
      review,
      siblings: [{ source: 'operator/ada', validUntilMs: untilMs, counted: true }],
      superseded: [{ source: 'cam-1', seenBy: ['operator/ada'], observedAtMs: T0_MS }],
    });
  });

  it('says until when a source is distrusted, and only as long as it is', () => {
    const { twin: distrusted } = merge(twin, [
      observationOf({
        source: 'operator/ada',
        kind: 'distrust',
        attributes: new Map([['distrust/intensity/loop-1', NOW_MS + 1]]),
      }),
    ]);
    const loop = (nowMs: number) => explain(distrusted, TYPE, 'intensity', nowMs)?.siblings[0];
    expect(loop(NOW_MS)).toMatchObject({ outcome: 'distrusted', distrustedUntilMs: NOW_MS + 1 });
    expect(loop(NOW_MS + 1)).not.toHaveProperty('distrustedUntilMs');
    expect(explain(distrusted, TYPE, 'distrust/intensity/loop-1', NOW_MS)).toBeUndefined();
  });
});
