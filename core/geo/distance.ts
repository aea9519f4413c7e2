import type { Position } from '../observation.ts';

/** Mean radius of the Earth (IUGG): a sphere of it errs by half a percent at most. */
const EARTH_RADIUS_M = 6_371_008.8;

/** Metres along the surface between two positions, whatever their altitudes: the haversine formula. */
export function distanceM(from: Position, to: Position): number {
  const latitudeSine = Math.sin(radians(to.latitude - from.latitude) / 2);
  const longitudeSine = Math.sin(radians(to.longitude - from.longitude) / 2);
  const haversine =
    latitudeSine ** 2 + Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * longitudeSine ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(haversine)));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
