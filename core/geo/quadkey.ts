import type { Position } from '../observation.ts';

/** The Mercator square ends here: at this latitude the map is as high as it is wide. */
const LATITUDE_MAX = 85.05112878;

/**
 * The quadkey of the map tile that holds a position: one digit a zoom level, 0 to 3 by quadrant (north-west, north-east,
 * south-west, south-east), so that a tile's key begins with the key of each tile that holds it. Spherical Mercator on
 * WGS 84, as Bing Maps and all that use its tiles ("Bing Maps Tile System", Microsoft). Beyond the map's edge, the tile
 * at the edge.
 *
 * @param zoom 1 to 23
 */
export function quadkeyOf({ longitude, latitude }: Position, zoom: number): string {
  const sine = Math.sin((clamp(latitude, -LATITUDE_MAX, LATITUDE_MAX) * Math.PI) / 180);
  const across = (longitude + 180) / 360;
  const down = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  const tiles = 2 ** zoom;
  const x = clamp(Math.floor(across * tiles), 0, tiles - 1);
  const y = clamp(Math.floor(down * tiles), 0, tiles - 1);
  let quadkey = '';
  for (let bit = zoom - 1; bit >= 0; bit -= 1) {
    quadkey += ((x >> bit) & 1) + 2 * ((y >> bit) & 1);
  }
  return quadkey;
}

function clamp(value: number, least: number, greatest: number): number {
  return Math.min(Math.max(value, least), greatest);
}
