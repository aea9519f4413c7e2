import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttributeValue, Observation } from '../../../core/observation.ts';
import type { AssetType, AttributeType } from '../../../core/schema/city-config.ts';
import { emptyTwin, merge } from '../../../core/twin/join.ts';
import { type ResolvedTwin, resolve } from '../../../core/twin/resolve.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import type { Twin } from '../../../core/twin/twin.ts';
import { ASSET_ID, disordered, observationOf, twins } from './arbitraries.ts';

const T0_MS = Date.UTC(2026, 10, 21, 8);
const MAX_AGE_MS = 60_000;

const attribute = (given: Partial<AttributeType>): AttributeType => ({
  description: '',
  kind: 'number',
  policy: 'max',
  maxAgeMs: MAX_AGE_MS,
  reporting: 'state',
  ...given,
});

const TYPE: AssetType = {
  description: '',
  model: 'cityweave',
  attributes: {
    intensity: attribute({ unit: 'C62', tolerance: 2 }),
    occupancy: attribute({ policy: 'latest' }),
    congested: attribute({ kind: 'boolean' }),
    status: attribute({ kind: 'string', policy: 'latest', maxAgeMs: 10 * MAX_AGE_MS }),
  },
};

describe('resolve', () => {
  it('gives the policy’s value with its unit, its sources and the time of observation', () => {
    const twin = twinOf(at('cam-1', 0, { intensity: 60 }), at('loop-1', 1000, { intensity: 61 }));
    expect(resolve(twin, TYPE, T0_MS + 2000)).toEqual({
      assetId: ASSET_ID,
      assetType: 'TrafficFlowObserved',
      zone: 'north',
      registered: true,
      attributes: new Map([
        [
          'intensity',
          {
            value: 61,
            unit: 'C62',
            observedAtMs: T0_MS + 1000,
            sources: ['loop-1'],
            quality: 'good',
            flags: [],
            // Not when the camera falls silent, whose lower vote does not count as it is.
            validUntilMs: T0_MS + 1000 + MAX_AGE_MS + 1,
          },
        ],
      ]),
      resolvedAtMs: T0_MS + 2000,
      validUntilMs: T0_MS + 1000 + MAX_AGE_MS + 1,
    });
  });

  it('lets a sibling vote at the age of maxAgeMs, and no longer 1 ms later', () => {
    const twin = twinOf(at('cam-1', 0, { intensity: 90 }), at('loop-1', 1000, { intensity: 61 }));
    const last = intensityOf(resolve(twin, TYPE, T0_MS + MAX_AGE_MS));
    expect(last).toMatchObject({ value: 90, quality: 'uncertain', validUntilMs: T0_MS + MAX_AGE_MS + 1 });
    const after = intensityOf(resolve(twin, TYPE, T0_MS + MAX_AGE_MS + 1));
    expect(after).toMatchObject({ value: 61, quality: 'good', validUntilMs: T0_MS + 1000 + MAX_AGE_MS + 1 });
  });

  it('shows the newest sibling as stale once nobody votes', () => {
    const twin = twinOf(at('cam-1', 0, { intensity: 90 }), at('loop-1', 1000, { intensity: 61 }));
    const last = intensityOf(resolve(twin, TYPE, T0_MS + 1000 + MAX_AGE_MS));
    expect(last).toMatchObject({ value: 61, quality: 'good' });
    const stale = resolve(twin, TYPE, T0_MS + 1000 + MAX_AGE_MS + 1);
    expect(intensityOf(stale)).toMatchObject({ value: 61, quality: 'stale', sources: ['loop-1'], validUntilMs: null });
    expect(stale.validUntilMs).toBeNull();
  });

  it('lets a sibling from the future vote', () => {
    const twin = twinOf(at('cam-1', 5000, { intensity: 90 }));
    expect(intensityOf(resolve(twin, TYPE, T0_MS))).toMatchObject({ value: 90, quality: 'good' });
  });

  it('flags siblings that differ by more than the tolerance, not those that differ by it', () => {
    const within = twinOf(at('cam-1', 0, { intensity: 60 }), at('loop-1', 0, { intensity: 62 }));
    expect(intensityOf(resolve(within, TYPE, T0_MS))).toMatchObject({ quality: 'good', flags: [] });
    const beyond = twinOf(at('cam-1', 0, { intensity: 60 }), at('loop-1', 0, { intensity: 63 }));
    expect(intensityOf(resolve(beyond, TYPE, T0_MS))).toMatchObject({ quality: 'uncertain', flags: ['disagreeing'] });
  });

  it('tolerates nothing where no tolerance is declared, nor between booleans or strings', () => {
    const twin = twinOf(
      at('cam-1', 0, { occupancy: 0.2, congested: true, status: 'closed' }),
      at('loop-1', 1, { occupancy: 0.3, congested: false, status: 'open' }),
    );
    const { attributes } = resolve(twin, TYPE, T0_MS);
    expect(attributes.get('occupancy')).toMatchObject({ value: 0.3, sources: ['loop-1'], flags: ['disagreeing'] });
    expect(attributes.get('congested')).toMatchObject({ value: true, sources: ['cam-1'], flags: ['disagreeing'] });
    expect(attributes.get('status')).toMatchObject({ value: 'open', flags: ['disagreeing'] });
  });

  it('does not call a fresh and a stale sibling disagreeing', () => {
    const twin = twinOf(at('cam-1', -MAX_AGE_MS - 1, { intensity: 0 }), at('loop-1', 0, { intensity: 61 }));
    expect(intensityOf(resolve(twin, TYPE, T0_MS))).toMatchObject({ value: 61, quality: 'good', flags: [] });
  });

  it('hands on the remarks on the readings that made the value, and doubts a missing time', () => {
    const twin = twinOf(
      at('cam-1', 0, { intensity: 60, occupancy: 1 }, { flags: ['observed-at-missing', 'coarse-clock'] }),
      at('loop-1', 1, { intensity: 59, occupancy: 1 }, { flags: ['coarse-clock'] }),
    );
    const { attributes } = resolve(twin, TYPE, T0_MS);
    expect(attributes.get('intensity')).toMatchObject({
      quality: 'uncertain',
      flags: ['coarse-clock', 'observed-at-missing'],
    });
    expect(attributes.get('occupancy')).toMatchObject({ quality: 'good', flags: ['coarse-clock'] });
  });

  it('shows what the type does not declare, without unit or age, flagged', () => {
    const twin = twinOf(at('cam-1', 0, { retired: 1, constructor: 2 }), at('loop-1', 1, { retired: 2 }));
    const shown = { value: 2, sources: ['loop-1'], quality: 'uncertain', flags: ['undeclared'], validUntilMs: null };
    const muchLaterMs = T0_MS + 1000 * MAX_AGE_MS;
    expect(resolve(twin, TYPE, muchLaterMs).attributes.get('retired')).toMatchObject(shown);
    expect(resolve(twin, undefined, muchLaterMs).attributes.get('retired')).toMatchObject(shown);
    expect(resolve(twin, TYPE, muchLaterMs).attributes.get('constructor')).toMatchObject({ flags: ['undeclared'] });
  });

  it('gives no vote to a value of another kind than the type declares now', () => {
    const mixed = twinOf(at('cam-1', 0, { intensity: 60 }), at('loop-1', 1, { intensity: 'many' }));
    expect(intensityOf(resolve(mixed, TYPE, T0_MS))).toMatchObject({ value: 60, quality: 'good', flags: [] });
    const none = twinOf(at('loop-1', 1, { intensity: 'many' }));
    expect(intensityOf(resolve(none, TYPE, T0_MS))).toMatchObject({
      value: 'many',
      quality: 'stale',
      flags: ['kind-mismatch'],
    });
  });

  it('takes the newest position, whatever its age', () => {
    const [older, newer] = [
      { longitude: 13.4, latitude: 52.5, altitude: 34 },
      { longitude: 13.5, latitude: 52.6 },
    ];
    const twin = twinOf(at('cam-1', 1, {}, { position: newer }), at('loop-1', 0, {}, { position: older }));
    const resolved = resolve(twin, TYPE, T0_MS + 1000 * MAX_AGE_MS);
    expect(resolved.position).toEqual({ value: newer, observedAtMs: T0_MS + 1, source: 'cam-1' });
    expect(resolved.attributes.size).toBe(0);
  });

  it('leaves out an attribute of which only superseded dots are known', () => {
    const seen = new Map([['occupancy', new Map([['cam-1', stampOf(T0_MS, 0)]])]]);
    const twin = twinOf(
      at('loop-1', 1, { occupancy: 1 }, { seen }),
      at('cam-1', 0, { occupancy: 2 }),
      at('loop-1', 2, {}, { kind: 'retire' }),
    );
    expect(twin.registers.get('occupancy')?.size).toBe(1);
    expect(resolve(twin, TYPE, T0_MS).attributes.size).toBe(0);
  });

  it('is the same for every order of the same observations', () => {
    const all = [
      at('cam-1', 0, { intensity: 60, status: 'open' }),
      at('loop-1', 0, { intensity: 60, status: 'closed' }),
      at('gw-1/radar', 0, { intensity: 55, congested: true }),
      at('cam-1', 9, { occupancy: 1, congested: false }),
    ];
    const expected = resolve(twinOf(...all), TYPE, T0_MS);
    fc.assert(
      fc.property(disordered(all), (again) => {
        expect(resolve(twinOf(...again), TYPE, T0_MS)).toEqual(expected);
      }),
    );
  });

  describe('validUntilMs', () => {
    const intensity = attribute({ maxAgeMs: 2, tolerance: 1 });
    const occupancy = attribute({ maxAgeMs: 4, policy: 'latest' });
    const type = { ...TYPE, attributes: { intensity, occupancy } };

    it('is the instant at which the result changes, and there is no earlier one', () => {
      fc.assert(
        fc.property(twins.map(spreadOut), fc.nat({ max: 12 }), (twin, nowMs) => {
          const { validUntilMs, ...now } = resolve(twin, type, nowMs);
          const lastMs = nowMs + 20;
          // The slow way: a look at every millisecond.
          let changeMs = nowMs + 1;
          while (changeMs < lastMs && sameResult(resolve(twin, type, changeMs), now)) changeMs += 1;
          expect(validUntilMs).toBe(changeMs === lastMs ? null : changeMs);
        }),
      );
    });

    it('is early rather than late, where more votes end without a change than are looked at', () => {
      const silent = Array.from({ length: 17 }, (_, index) => at(`silent-${index}`, index, { intensity: 1 }));
      const twin = (votes: number) => twinOf(at('loud', 1000, { intensity: 3 }), ...silent.slice(0, votes));
      const endOf = (offsetMs: number) => T0_MS + offsetMs + MAX_AGE_MS + 1;
      expect(resolve(twin(15), TYPE, T0_MS).validUntilMs).toBe(endOf(1000));
      expect(resolve(twin(16), TYPE, T0_MS).validUntilMs).toBe(endOf(15));
      expect(resolve(twin(17), TYPE, T0_MS).validUntilMs).toBe(endOf(15));
    });
  });
});

function at(
  source: string,
  offsetMs: number,
  attributes: Record<string, AttributeValue>,
  given: Partial<Observation> = {},
): Observation {
  const stamp = stampOf(T0_MS + offsetMs, 0);
  return observationOf({ source, stamp, attributes: new Map(Object.entries(attributes)), ...given });
}

function twinOf(...observations: readonly Observation[]): Twin {
  return merge(emptyTwin(ASSET_ID, 'TrafficFlowObserved', 'north', true), observations).twin;
}

/** The arbitrary stamps fall into one millisecond; so the n-th nanosecond becomes the n-th millisecond. */
function spreadOut(twin: Twin): Twin {
  const registers = [...twin.registers].map(([name, register]) => {
    const entries = [...register].map(
      ([source, entry]) => [source, { ...entry, stamp: entry.stamp * 1_000_000n }] as const,
    );
    return [name, new Map(entries)] as const;
  });
  return { ...twin, registers: new Map(registers) };
}

/** Whatever is shown, but for when it was resolved and for how long it holds. */
function sameResult(later: ResolvedTwin, now: Omit<ResolvedTwin, 'validUntilMs'>): boolean {
  const shown = ({ attributes }: Pick<ResolvedTwin, 'attributes'>) =>
    JSON.stringify([...attributes].map(([name, attribute]) => [name, { ...attribute, validUntilMs: 0 }]));
  return shown(later) === shown(now);
}

function intensityOf(resolved: ResolvedTwin) {
  return resolved.attributes.get('intensity');
}
