import { describe, expect, it } from 'vitest';
import type { ReadingFlag } from '../../../core/observation.ts';
import type { AssetType } from '../../../core/schema/city-config.ts';
import { emptyTwin, merge } from '../../../core/twin/join.ts';
import { resolve } from '../../../core/twin/resolve.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import { clocksJson, twinJson } from '../../../core/twin/twin-json.ts';
import { ASSET_ID, observationOf } from './arbitraries.ts';

const T0_MS = Date.UTC(2026, 10, 21, 8);
const typeOf = (maxAgeMs: number): AssetType => ({
  description: '',
  model: 'cityweave',
  attributes: {
    intensity: { description: '', kind: 'number', unit: 'C62', policy: 'max', maxAgeMs, reporting: 'state' },
  },
});

const { twin } = merge(emptyTwin(ASSET_ID, 'TrafficFlowObserved', 'north', true), [
  observationOf({
    stamp: stampOf(T0_MS, 4711),
    receivedAtMs: T0_MS + 100,
    attributes: new Map<string, number>([
      ['intensity', 61],
      ['__proto__', 1],
    ]),
    position: { longitude: 13.4, latitude: 52.5 },
    seen: new Map([['intensity', new Map([['loop-1', 2n ** 64n - 1n]])]]),
  }),
]);

describe('twinJson', () => {
  it('shows attributes, position, context and until when it holds', () => {
    const json = twinJson(twin, resolve(twin, typeOf(60_000), T0_MS + 500));
    expect(JSON.parse(JSON.stringify(json))).toEqual(
      JSON.parse(`{
        "assetId": "junction-7", "assetType": "TrafficFlowObserved", "zone": "north", "registered": true,
        "attributes": {
          "__proto__": {"value": 1, "observedAt": "2026-11-21T08:00:00.000Z", "sources": ["cam-1"],
                        "quality": "uncertain", "flags": ["undeclared"]},
          "intensity": {"value": 61, "unit": "C62", "observedAt": "2026-11-21T08:00:00.000Z", "sources": ["cam-1"],
                        "quality": "good", "flags": []}
        },
        "position": {"longitude": 13.4, "latitude": 52.5, "observedAt": "2026-11-21T08:00:00.000Z", "source": "cam-1"},
        "context": {
          "__proto__": {"cam-1": "1795248000000004711"},
          "intensity": {"cam-1": "1795248000000004711", "loop-1": "18446744073709551615"},
          "position": {"cam-1": "1795248000000004711"}
        },
        "clocks": {},
        "resolvedAt": "2026-11-21T08:00:00.500Z",
        "validUntil": "2026-11-21T08:01:00.001Z"
      }`),
    );
    expect(JSON.stringify(json)).toContain('"__proto__":{"value":1');
  });

  it('has no end of validity beyond the last date there is', () => {
    const json = twinJson(twin, resolve(twin, typeOf(Number.MAX_SAFE_INTEGER), T0_MS));
    expect(json.validUntil).toBeNull();
  });

  it('shows an empty twin', () => {
    const empty = emptyTwin(ASSET_ID, 'TrafficFlowObserved', 'north', false);
    expect(twinJson(empty, resolve(empty, undefined, 0))).toEqual({
      assetId: ASSET_ID,
      assetType: 'TrafficFlowObserved',
      zone: 'north',
      registered: false,
      attributes: {},
      context: {},
      clocks: {},
      resolvedAt: '1970-01-01T00:00:00.000Z',
      validUntil: null,
    });
  });

  it('shows whose clock is off, and not those that are only coarse or missing', () => {
    const said = (source: string, leadMs: number, flags: readonly ReadingFlag[] = []) =>
      observationOf({ source, stamp: stampOf(T0_MS + leadMs, 0), receivedAtMs: T0_MS, flags });
    const { twin: doubtful } = merge(emptyTwin(ASSET_ID, 'TrafficFlowObserved', 'north', true), [
      said('cam-1', 90_000),
      said('loop-1', -3_600_000),
      said('loop-2', 0, ['coarse-clock']),
      said('loop-3', 0, ['observed-at-missing']),
    ]);
    expect(twinJson(doubtful, resolve(doubtful, undefined, T0_MS)).clocks).toEqual({
      'cam-1': { state: 'ahead', offsetMs: 90_000 },
      'loop-1': { state: 'behind-or-late', offsetMs: -3_600_000 },
    });
  });

  it('shows what is noted of a clock that has jumped back, as long as nothing later of its source stands', () => {
    const receivedAtMs = T0_MS + 100;
    const clocksAt = (notedMs: number) =>
      clocksJson(twin, new Map([['cam-1', { receivedAtMs: notedMs, offsetMs: -3_600_000 }]]));
    expect(clocksAt(receivedAtMs)).toEqual({});
    expect(clocksAt(receivedAtMs + 1)).toEqual({ 'cam-1': { state: 'jumped-back', offsetMs: -3_600_000 } });
  });
});
