import { describe, expect, it } from 'vitest';
import { ageOf, linesOf } from '../../../bin/watch/lines.ts';
import { screenOf } from '../../../bin/watch/screen.ts';
import type { VersionedJson } from '../../../core/delta/view.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 8, 0, 30);

function carPark(assetId: string, occupied: number | string): VersionedJson {
  return {
    assetId,
    assetType: 'OffStreetParking',
    zone: 'centre',
    registered: true,
    attributes: {
      occupiedSpotNumber: {
        value: occupied,
        unit: 'C62',
        observedAt: '2026-11-21T08:00:00.000Z',
        sources: ['camera'],
        quality: 'uncertain',
        flags: ['disagreeing'],
      },
    },
    resolvedAt: '2026-11-21T08:00:01.000Z',
    validUntil: null,
    version: 1,
  };
}

describe('lines for a pipe', () => {
  it('are one an attribute that changed', () => {
    const line = '2026-11-21T08:00:00.000Z  market-hall  occupiedSpotNumber  61  uncertain  disagreeing';
    expect(linesOf('market-hall', undefined, carPark('market-hall', 61))).toEqual([line]);
    expect(linesOf('market-hall', carPark('market-hall', 60), carPark('market-hall', 61))).toEqual([line]);
    expect(linesOf('market-hall', carPark('market-hall', 61), carPark('market-hall', 61))).toEqual([]);
  });

  it('say that an asset has left, once', () => {
    expect(linesOf('bus-50', carPark('bus-50', 1), undefined)).toEqual(['bus-50  has left']);
    expect(linesOf('bus-50', undefined, undefined)).toEqual([]);
  });
});

it('shows a terminal none of the control characters that a device may send', () => {
  const hostile = carPark('spot', '\u001B[2Jfull\u009B1m');
  expect(linesOf('spot', undefined, hostile)).toEqual([expect.stringContaining('  \\u001b[2Jfull\\u009b1m  ')]);
  expect(screenOf('live', [hostile], { columns: 200, rows: 10 }, NOW_MS)).not.toContain('\u001B[2J');
});

describe('the screen', () => {
  const twins = Array.from({ length: 50 }, (_, index) => carPark(`garage-${index}`, index));
  const linesIn = (text: string) =>
    text.split('\n').map((line) => ['H', 'K', 'J'].reduce((rest, code) => rest.replaceAll(`\u001B[${code}`, ''), line));

  it('shows what fits, first things first, under the status', () => {
    const lines = linesIn(screenOf('live, 50 twins', twins, { columns: 200, rows: 10 }, NOW_MS));
    expect(lines.slice(0, 3)).toEqual([
      'live, 50 twins',
      'asset     attribute           value  age   quality    flags',
      'garage-0  occupiedSpotNumber  0      30 s  uncertain  disagreeing',
    ]);
    // The cursor rests on the last row.
    expect(lines).toHaveLength(10);
  });

  it('is never wider than the terminal, nor empty in the smallest one', () => {
    const lines = linesIn(screenOf('live', twins, { columns: 12, rows: 1 }, NOW_MS));
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(12);
    expect(lines[0]).toBe('live');
  });
});

describe('an age', () => {
  it.each([
    [-5000, '0 s'],
    [119_999, '119 s'],
    [120_000, '2 min'],
    [7_199_999, '119 min'],
    [7_200_000, '2 h'],
    [48 * 3_600_000, '2 d'],
  ])('of %i ms is %s', (ageMs, text) => {
    expect(ageOf(ageMs)).toBe(text);
  });
});
