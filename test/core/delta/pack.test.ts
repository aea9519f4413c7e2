import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TwinDelta } from '../../../core/delta/delta.ts';
import { decodeDeltaMessage } from '../../../core/delta/decode.ts';
import { departureFrom, METERED_BYTES, PAYLOAD_BYTES_MAX, packDeltas } from '../../../core/delta/pack.ts';
import { deltaTopic } from '../../../core/delta/place.ts';
import type { Observation } from '../../../core/observation.ts';
import { emptyTwin, merge } from '../../../core/twin/join.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import type { Entry, Twin } from '../../../core/twin/twin.ts';
import { observationOf, twins } from '../twin/arbitraries.ts';
import { decoded, deltaOf } from './deltas.ts';

const AT_MS = Date.UTC(2026, 10, 21);
const BIRMINGHAM = { longitude: -1.8931, latitude: 52.4773 };

function stationed(assetId: string, given: Partial<Observation> = {}, version = 1): TwinDelta {
  const twin = emptyTwin(assetId, 'TrafficFlowObserved', 'north', true);
  const observation = observationOf({ assetId, stamp: stampOf(AT_MS, 0), position: BIRMINGHAM, ...given });
  return deltaOf(merge(twin, [observation]).twin, version, AT_MS);
}

/** As many sources as asked for, each with an entry in the one register. */
function crowded(sources: number): TwinDelta {
  const register = new Map<string, Entry>();
  for (let number = 0; number < sources; number++) {
    const sibling = { value: number, receivedAtMs: AT_MS, flags: [] };
    register.set(`gateway-of-the-far-north/sensor-number-${number}`, { stamp: stampOf(AT_MS, number), sibling });
  }
  const twin = emptyTwin('crowded', 'TrafficFlowObserved', 'north', true);
  return deltaOf({ ...twin, registers: new Map([['intensity', register]]) }, 1, AT_MS);
}

describe('packed deltas', () => {
  it('say again what was resolved, and all siblings, whatever the twin', () => {
    fc.assert(
      fc.property(twins, fc.nat(), fc.nat({ max: 12 }), (twin, version, nowMs) => {
        const delta = deltaOf(twin, version, nowMs);
        const { packs, abridged, oversized } = packDeltas([delta]);
        expect([packs.length, abridged, oversized]).toEqual([1, [], []]);
        expect(decoded(packs[0]?.payload ?? new Uint8Array()).deltas).toEqual([
          { version, resolved: delta.resolved, twin: standing(twin) },
        ]);
      }),
    );
  });

  it('go to the tile that the asset stands in, or to `none`', () => {
    const placeless = observationOf({ assetId: 'b' });
    const twin = merge(emptyTwin('b', 'TrafficFlowObserved', 'north', true), [placeless]).twin;
    const { packs } = packDeltas([stationed('a'), deltaOf(twin, 1, AT_MS)]);
    expect(packs.map(({ topic, assetIds }) => [topic, assetIds])).toEqual([
      ['twin/north/03131310101001/delta', ['a']],
      ['twin/north/none/delta', ['b']],
    ]);
  });

  it('fill one metering unit, topic included, and no more', () => {
    const deltas = Array.from({ length: 200 }, (_, number) => stationed(`station-${number}`));
    const { packs } = packDeltas(deltas);
    const sizes = packs.map(({ topic, payload }) => topic.length + payload.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(METERED_BYTES);
    // All but the last have no room for one more.
    const least = METERED_BYTES - Math.max(...deltas.map((delta) => packDeltas([delta]).packs[0]?.payload.length ?? 0));
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(least);
    const seen = packs.flatMap(({ payload }) => decoded(payload).deltas.map(({ resolved }) => resolved.assetId));
    expect(seen).toEqual(deltas.map(({ resolved }) => resolved.assetId));
    expect(packs.flatMap(({ assetIds }) => assetIds)).toEqual(seen);
  });

  it('let an asset that is larger than a unit go alone, whole', () => {
    const { packs, abridged } = packDeltas([stationed('a'), crowded(200), stationed('b')]);
    expect(packs.map(({ assetIds }) => assetIds)).toEqual([['a', 'b'], ['crowded']]);
    expect(abridged).toEqual([]);
    const [, large] = packs;
    expect(large?.payload.length).toBeGreaterThan(METERED_BYTES);
    expect(decoded(large?.payload ?? new Uint8Array()).deltas[0]?.twin?.registers.get('intensity')?.size).toBe(200);
  });

  it('leave siblings out at the limit of a payload + 1, and say so', () => {
    let [fitting, tooMany] = [200, 4000];
    while (tooMany - fitting > 1) {
      const middle = Math.floor((fitting + tooMany) / 2);
      if (packDeltas([crowded(middle)]).abridged.length === 0) fitting = middle;
      else tooMany = middle;
    }
    const whole = packDeltas([crowded(fitting)]).packs[0]?.payload ?? new Uint8Array();
    expect(whole.length).toBeLessThanOrEqual(PAYLOAD_BYTES_MAX);
    expect(whole.length).toBeGreaterThan(PAYLOAD_BYTES_MAX - 100);

    const { packs, abridged, oversized } = packDeltas([crowded(tooMany)]);
    expect([abridged, oversized]).toEqual([['crowded'], []]);
    const [delta] = decoded(packs[0]?.payload ?? new Uint8Array()).deltas;
    expect(delta?.twin).toBeUndefined();
    expect(delta?.resolved.attributes.get('intensity')).toMatchObject({ value: tooMany - 1, sources: [] });
  });

  it('leave an asset out that is too large even without siblings', () => {
    const attributes = new Map(Array.from({ length: 200 }, (_, number) => [`a-${number}`, 'x'.repeat(1000)] as const));
    const { packs, oversized } = packDeltas([stationed('verbose', { attributes }), stationed('terse')]);
    expect(oversized).toEqual(['verbose']);
    expect(packs.map(({ assetIds }) => assetIds)).toEqual([['terse']]);
  });
});

describe('a departure', () => {
  it('is told where the asset was, and says where it is', () => {
    const to = { zone: 'south', tile: '03131310101001' };
    const departure = { assetId: 'bus-50', version: 8, resolvedAtMs: AT_MS, to };
    const { topic, payload } = departureFrom({ zone: 'north', tile: 'none' }, departure);
    expect(topic).toBe('twin/north/none/delta');
    expect(decoded(payload)).toEqual({ ok: true, deltas: [], departures: [departure] });
  });
});

describe('a message of deltas', () => {
  it.each([
    ['another format', Uint8Array.of(0x08, 2), 'unknown-schema', 'deltas of format 2, expected 1'],
    ['no format', new Uint8Array(), 'unknown-schema', 'deltas of format 0, expected 1'],
    ['other bytes', Uint8Array.of(0xff, 0xff), 'malformed', 'not a message of deltas'],
    // Field 2, a delta of nothing.
    ['a delta without asset', Uint8Array.of(0x08, 1, 0x12, 0), 'malformed', 'no asset of a delta'],
  ])('is refused for %s', (_, bytes, reason, detail) => {
    const refused = decodeDeltaMessage(bytes);
    expect(refused).toMatchObject({ ok: false, reason });
    expect(refused.ok ? '' : refused.detail).toContain(detail);
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeDeltaMessage(bytes)));
  });
});

describe('the filter of deltas', () => {
  it.each([
    [{}, 'twin/+/+/delta'],
    [{ zone: 'centre' }, 'twin/centre/+/delta'],
    [{ tile: '0313' }, 'twin/+/0313/delta'],
  ])('of %j is %s', (place, filter) => {
    expect(deltaTopic(place)).toBe(filter);
  });
});

/** What of a twin stands: no floors, no register without siblings, superseded dots only where an authority decided. */
function standing(twin: Twin): Twin {
  const registers = [...twin.registers].map(([name, register]) => {
    const decided = [...register.values()].some(({ sibling }) => sibling?.validUntilMs !== undefined);
    return [name, new Map([...register].filter(([, { sibling }]) => sibling || decided))] as const;
  });
  return { ...twin, registers: new Map(registers.filter(([, register]) => register.size > 0)), floors: new Map() };
}
