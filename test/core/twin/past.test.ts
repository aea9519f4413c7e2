import { describe, expect, it } from 'vitest';
import type { AssetType } from '../../../core/schema/city-config.ts';
import { NO_EVIDENCE } from '../../../core/twin/evidence.ts';
import { emptyTwin, merge } from '../../../core/twin/join.ts';
import { type Past, resolvedBefore } from '../../../core/twin/past.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import { ASSET_ID, observationOf } from './arbitraries.ts';

const T0_MS = Date.UTC(2026, 10, 21, 8);
const MINUTE_MS = 60_000;

const TYPE: AssetType = {
  description: '',
  model: 'test',
  attributes: {
    intensity: { description: '', kind: 'number', policy: 'max', maxAgeMs: MINUTE_MS, reporting: 'state' },
    lamp: {
      description: '',
      kind: 'number',
      policy: 'manual-review',
      failSafe: 99,
      disagreeMaxMs: 1,
      maxAgeMs: MINUTE_MS,
      reporting: 'state',
    },
  },
};

interface Said {
  readonly source: string;
  readonly atMs: number;
  readonly value: number;
  readonly attribute?: string;
  readonly receivedAtMs?: number;
  readonly seen?: ReadonlyMap<string, ReadonlyMap<string, bigint>>;
}

function twinOf(...said: readonly Said[]) {
  const observations = said.map(({ source, atMs, value, attribute = 'intensity', receivedAtMs = atMs, seen }) =>
    observationOf({
      source,
      stamp: stampOf(T0_MS + atMs, 0),
      receivedAtMs: T0_MS + receivedAtMs,
      attributes: new Map([[attribute, value]]),
      ...(seen && { seen }),
    }),
  );
  return merge(emptyTwin(ASSET_ID, 'TrafficFlowObserved', 'north', true), observations).twin;
}

const reading = (atMs: number, value: number) => ({ stamp: stampOf(T0_MS + atMs, 0), value });
const before = (twin: ReturnType<typeof twinOf>, past: Past) => resolvedBefore(twin, TYPE, 'intensity', past);

describe('resolvedBefore', () => {
  const twin = twinOf({ source: 'cam-1', atMs: 10, value: 5 }, { source: 'loop-1', atMs: 2000, value: 7 });

  it('takes the newest sibling back to what its source said before', () => {
    expect(before(twin, new Map([['loop-1', reading(1, 6)]]))).toMatchObject({ value: 6, sources: ['loop-1'] });
    expect(before(twin, new Map([['loop-1', reading(1, 4)]]))).toMatchObject({ value: 5, sources: ['cam-1'] });
  });

  it('leaves it out where its source had said nothing', () => {
    expect(before(twin, new Map([['loop-1', null]]))).toMatchObject({ value: 5, sources: ['cam-1'] });
  });

  it('goes by receipt: what was observed first may have come last', () => {
    const late = twinOf(
      { source: 'cam-1', atMs: 10, receivedAtMs: 3000, value: 9 },
      { source: 'loop-1', atMs: 20, value: 7 },
    );
    expect(before(late, new Map([['cam-1', null]]))).toMatchObject({ value: 7 });
  });

  it('takes back what was received within a second together, because nobody saw what lay between', () => {
    const past: Past = new Map([
      ['cam-1', reading(-5, 1)],
      ['loop-1', reading(-5, 2)],
    ]);
    const apart = (ms: number) =>
      twinOf({ source: 'cam-1', atMs: 10, value: 5 }, { source: 'loop-1', atMs: 10 + ms, value: 7 });
    expect(before(apart(999), past)).toMatchObject({ value: 2, sources: ['loop-1'] });
    expect(before(apart(1000), past)).toMatchObject({ value: 5, sources: ['cam-1'] });
    expect(before(apart(999), new Map([['loop-1', null]]))).toBeUndefined();
  });

  it('goes by the review as it stood', () => {
    const differing = twinOf(
      { source: 'cam-1', atMs: 0, value: 5, attribute: 'lamp' },
      { source: 'loop-1', atMs: 3000, value: 7, attribute: 'lamp' },
    );
    const past: Past = new Map([['loop-1', reading(0, 6)]]);
    const lampBefore = (openedAtMs: number) => {
      const reviews = new Map([['lamp', { id: 'r1', onsetMs: T0_MS, openedAtMs: T0_MS + openedAtMs }]]);
      return resolvedBefore(differing, TYPE, 'lamp', past, { ...NO_EVIDENCE, reviews });
    };
    expect(lampBefore(3000)).toMatchObject({ value: 99, flags: ['disagreeing', 'fail-safe'] });
    expect(lampBefore(3001)).toMatchObject({ value: 5, flags: ['disagreeing'] });
  });

  it('resolves as of then: what is stale now was not', () => {
    const old = twinOf({ source: 'cam-1', atMs: 0, value: 5 }, { source: 'loop-1', atMs: MINUTE_MS, value: 7 });
    expect(before(old, new Map([['loop-1', null]]))).toMatchObject({ value: 5, quality: 'good' });
  });

  it('lets stand again what a decision superseded, and what another writer did not', () => {
    const seen = new Map([['intensity', new Map([['cam-1', stampOf(T0_MS + 10, 0)]])]]);
    const past: Past = new Map([
      ['cam-1', reading(10, 5)],
      ['operator/ada', null],
      ['gw/radar', null],
    ]);
    const decided = twinOf({ source: 'operator/ada', atMs: 20, value: 3, seen });
    expect(before(decided, past)).toMatchObject({ value: 5, sources: ['cam-1'] });
    expect(before(twinOf({ source: 'gw/radar', atMs: 20, value: 3, seen }), past)).toBeUndefined();
  });

  it('knows nothing where nothing stood, or history was not asked', () => {
    expect(before(twin, new Map())).toBeUndefined();
    expect(before(twinOf(), new Map())).toBeUndefined();
    expect(before(twinOf({ source: 'cam-1', atMs: 0, value: 5 }), new Map([['cam-1', null]]))).toBeUndefined();
  });
});
