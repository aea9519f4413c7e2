import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quadkeyOf } from '../../../core/geo/quadkey.ts';

describe('the quadkey of a position', () => {
  // Tile (3, 5) of level 3 is Microsoft's example; the other tiles are those of mercantile's documentation and tests.
  it.each([
    ['tile (3, 5) of level 3', { longitude: -22, latitude: -50 }, 3, '213'],
    ['tile (486, 332) of level 10, in the Irish midlands', { longitude: -9, latitude: 53.25 }, 10, '0313102310'],
    ['tile (285, 193) of level 9, in Greece', { longitude: 20.6852, latitude: 40.1222 }, 9, '122011103'],
    ['the north-west quarter of the world', { longitude: -90, latitude: 45 }, 1, '0'],
    ['the north-east', { longitude: 90, latitude: 45 }, 1, '1'],
    ['the south-west', { longitude: -90, latitude: -45 }, 1, '2'],
    ['the south-east', { longitude: 90, latitude: -45 }, 1, '3'],
    ['the origin, which begins the south-east', { longitude: 0, latitude: 0 }, 3, '300'],
    ['the date line from the west', { longitude: -180, latitude: 0.1 }, 2, '02'],
    ['the date line from the east', { longitude: 180, latitude: 0.1 }, 2, '13'],
    ['the north pole, beyond the map', { longitude: 0, latitude: 90 }, 4, '1000'],
    ['the south pole, beyond the map', { longitude: -0.1, latitude: -90 }, 4, '2333'],
  ])('%s', (_, position, zoom, quadkey) => {
    expect(quadkeyOf(position, zoom)).toBe(quadkey);
  });

  it('agrees with the Mercator ordinate as Gudermann wrote it, and nests', () => {
    const degrees = (most: number) => fc.integer({ min: -most * 1e6, max: most * 1e6 - 1 }).map((micro) => micro / 1e6);
    fc.assert(
      fc.property(degrees(180), degrees(85), fc.integer({ min: 1, max: 23 }), (longitude, latitude, zoom) => {
        const position = { longitude, latitude };
        const [x, y] = tileIn(position);
        const size = 2 ** zoom;
        // A point within rounding of a border belongs to either side.
        fc.pre([x * size, y * size].every((at) => Math.abs(at - Math.round(at)) > 1e-6));
        const key = quadkeyOf(position, zoom);
        expect(tileOfKey(key)).toEqual([Math.floor(x * size), Math.floor(y * size)]);
        expect(quadkeyOf(position, Math.max(1, zoom - 1))).toBe(key.slice(0, Math.max(1, zoom - 1)));
      }),
    );
  });
});

/** Fractions of the map from its north-west corner: y by asinh(tan φ), the inverse Gudermannian. */
function tileIn({ longitude, latitude }: { longitude: number; latitude: number }): [number, number] {
  const ordinate = Math.asinh(Math.tan((latitude * Math.PI) / 180));
  return [(longitude + 180) / 360, (1 - ordinate / Math.PI) / 2];
}

/** Two numbers, the bits of which the key's digits interleave. */
function tileOfKey(key: string): [number, number] {
  const digits = key.split('').map(Number);
  const bits = (of: (digit: number) => number) => Number.parseInt(digits.map(of).join(''), 2);
  return [bits((digit) => digit % 2), bits((digit) => Math.floor(digit / 2))];
}
