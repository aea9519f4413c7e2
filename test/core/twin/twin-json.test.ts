import { describe, expect, it } from 'vitest';
import type { AssetType } from '../../../core/schema/city-config.ts';
import { emptyTwin, merge } from '../../../core/twin/join.ts';
import { resolve } from '../../../core/twin/resolve.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import { twinJson } from '../../../core/twin/twin-json.ts';
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
      resolvedAt: '1970-01-01T00:00:00.000Z',
      validUntil: null,
    });
  });
});
