import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gatherReadings } from '../../../core/calibration/gather.ts';
import type { Observation } from '../../../core/observation.ts';
import type { AssetType } from '../../../core/schema/city-config.ts';
import { observationOf } from '../twin/arbitraries.ts';
import { hour, HOUR_MS } from './readings.ts';

const STATION: AssetType = {
  description: '',
  model: '',
  attributes: {
    pm25: {
      description: '',
      kind: 'number',
      policy: 'mean-3-sigma',
      accuracy: 6,
      maxAgeMs: HOUR_MS,
      reporting: 'state',
    },
    index: { description: '', kind: 'number', policy: 'latest', maxAgeMs: HOUR_MS, reporting: 'state' },
  },
};
const CITY = { assetTypes: { Station: STATION } };

function reading(given: Partial<Observation>): Observation {
  const observedAtMs = given.observedAtMs ?? 8 * HOUR_MS;
  return observationOf({
    assetId: 'station-1',
    assetType: 'Station',
    source: 'a',
    stamp: BigInt(observedAtMs),
    observedAtMs,
    receivedAtMs: observedAtMs,
    attributes: new Map([['pm25', 10]]),
    ...given,
  });
}

function gathered(observations: readonly Observation[]) {
  const gathering = gatherReadings(hour(8), CITY);
  for (const observation of observations) gathering.add(observation);
  return gathering;
}

const other = reading({ source: 'b' });

describe('what is gathered', () => {
  it.each([
    ['a decision', { kind: 'decision' }],
    ['another hour', { observedAtMs: 9 * HOUR_MS }],
    ['what came too late', { receivedAtMs: 10 * HOUR_MS }],
    ['another policy', { attributes: new Map([['index', 3]]) }],
    ['another kind', { attributes: new Map([['pm25', 'high']]) }],
    ['an unknown attribute', { attributes: new Map([['pm1', 3]]) }],
    ['an unknown type', { assetType: 'toString' }],
  ] as const)('is not %s', (_, given) => {
    expect(gathered([reading(given), other]).size).toBe(1);
    expect([...gathered([reading(given), other]).windows()]).toEqual([]);
  });

  it('is what two sources say of one attribute', () => {
    const [only] = gathered([reading({}), other, reading({ assetId: 'station-2' })]).windows();
    expect(only).toEqual({
      assetId: 'station-1',
      attribute: 'pm25',
      accuracy: 6,
      maxAgeMs: HOUR_MS,
      readings: new Map([
        ['a', [expect.objectContaining({ observedAtMs: 8 * HOUR_MS, value: 10 })]],
        ['b', [expect.objectContaining({ observedAtMs: 8 * HOUR_MS, value: 10 })]],
      ]),
    });
  });

  it('is the same in whatever order and however often the log has it, collisions too', () => {
    const log = [
      ...['a', 'b', 'c'].flatMap((source, index) =>
        [0, 1, 2].map((minute) =>
          reading({
            source,
            observedAtMs: 8 * HOUR_MS + minute * 60_000,
            attributes: new Map([['pm25', index + minute]]),
          }),
        ),
      ),
      reading({ attributes: new Map([['pm25', 99]]) }),
      reading({ assetId: 'station-2' }),
      reading({ assetId: 'station-2', source: 'b' }),
    ];
    const expected = shown(log);
    fc.assert(
      fc.property(fc.shuffledSubarray([...log, ...log], { minLength: log.length * 2 }), (disordered) => {
        expect(shown(disordered)).toEqual(expected);
      }),
    );
  });
});

function shown(observations: readonly Observation[]) {
  return [...gathered(observations).windows()].map(({ readings, ...window }) => ({
    ...window,
    readings: [...readings].sort(([a], [b]) => (a < b ? -1 : 1)),
  }));
}
