import { quadkeyOf } from '../geo/quadkey.ts';
import { type ResolvedTwin, resolvePosition } from '../twin/resolve.ts';
import type { Twin } from '../twin/twin.ts';

/** Tiles of some 2.4 km at the equator and 1.5 km at 52°: a city has some hundred, and a screen shows a few. */
const TILE_ZOOM = 14;

/** The tile of an asset that nobody has placed. */
export const NO_TILE = 'none';

/** Where an asset's deltas are published. */
export interface Place {
  readonly zone: string;
  /** A quadkey, or `none`. */
  readonly tile: string;
}

export function placeOf({ zone, position }: Pick<ResolvedTwin, 'zone' | 'position'>): Place {
  return { zone, tile: position ? quadkeyOf(position.value, TILE_ZOOM) : NO_TILE };
}

export function placeOfTwin(twin: Twin): Place {
  const position = resolvePosition(twin);
  return placeOf({ zone: twin.zone, ...(position && { position }) });
}

export function samePlace(a: Place, b: Place): boolean {
  return a.zone === b.zone && a.tile === b.tile;
}

/** The MQTT topic, or with `+` for a part that is not given the filter, of deltas. */
export function deltaTopic({ zone = '+', tile = '+' }: Partial<Place>): string {
  return `twin/${zone}/${tile}/delta`;
}
