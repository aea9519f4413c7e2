import { describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import { readSample } from '../../../edge-greengrass/gateway/read-sample.ts';
import type { Sample } from '../../../edge-greengrass/ports.ts';
import { IDENTITY, NOW_MS, sampleOf, STREAMS, WEATHER } from './samples.ts';

const MINUTE_MS = 60_000;
const context = { thing: 'gateway-7', city: validateCityConfig(config), identity: IDENTITY };
const weather = STREAMS[WEATHER] ?? { priority: 'low', attributes: {} };

function read(sample: Sample) {
  return readSample(sample, weather, context, NOW_MS);
}

describe('a sample', () => {
  it('is of the gateway’s own asset, by its sensor, under a stamp of its time and counter', () => {
    const result = read(sampleOf(WEATHER, 'wx-01', { temperature: 7.5, wind_speed: 3 }, { counter: 42 }));
    expect(result).toMatchObject({
      ok: true,
      observation: {
        assetId: 'int-01-traffic',
        assetType: 'TrafficJunction',
        zone: 'downtown_alpha',
        source: 'gateway-7/wx-01',
        stamp: BigInt(NOW_MS) * 1_000_000n + 42n,
        attributes: new Map([
          ['temperature', 7.5],
          ['windSpeed', 3],
        ]),
        flags: [],
      },
    });
  });

  it('is of another asset where it says so', () => {
    const asset = { assetId: 'ambulance-1', assetType: 'Vehicle' };
    const position = { longitude: -1.9, latitude: 52.5 };
    const result = read(sampleOf(WEATHER, 'gps', { speed: 50 }, { asset, position }));
    expect(result).toMatchObject({ ok: true, observation: { ...asset, position } });
  });

  it('may be as old as it is, and 5 minutes from the future at most', () => {
    const observedAt = (observedAtMs: number) => read(sampleOf(WEATHER, 'wx-01', { temperature: 1 }, { observedAtMs }));
    expect(observedAt(NOW_MS - 30 * 24 * 60 * MINUTE_MS).ok).toBe(true);
    expect(observedAt(NOW_MS + 5 * MINUTE_MS).ok).toBe(true);
    expect(observedAt(NOW_MS + 5 * MINUTE_MS + 1)).toMatchObject({ reason: 'time-in-future' });
    expect(observedAt(-1)).toMatchObject({ reason: 'time-in-past' });
  });

  it.each<[string, string, Partial<Sample>]>([
    ['no value', 'malformed', { values: new Map() }],
    ['a time that is none', 'malformed', { observedAtMs: Number.NaN }],
    ['half a millisecond', 'malformed', { observedAtMs: NOW_MS + 0.5 }],
    ['half a count', 'malformed', { counter: 1.5 }],
    ['a count below 0', 'malformed', { counter: -1 }],
    ['a value that is none', 'malformed', { values: new Map([['temperature', Number.NaN]]) }],
    ['a sensor that is no name', 'schema-violation', { sensor: 'a/b' }],
    ['a field that no attribute is called by', 'schema-violation', { values: new Map([['sunshine', 1]]) }],
    ['a field called like what every object has', 'schema-violation', { values: new Map([['toString', 1]]) }],
    ['a value of another kind', 'schema-violation', { values: new Map([['temperature', 'warm']]) }],
    ['a value out of range', 'out-of-range', { values: new Map([['temperature', 86]]) }],
    ['a place on no planet', 'out-of-range', { position: { longitude: 181, latitude: 0 } }],
    ['an asset type that nobody knows', 'unknown-schema', { asset: { assetId: 'x', assetType: 'Spaceport' } }],
  ])('with %s is refused as %s', (_, reason, flaw) => {
    expect(read(sampleOf(WEATHER, 'wx-01', { temperature: 1 }, flaw))).toMatchObject({ ok: false, reason });
  });
});
