import type { Position } from '../observation.ts';

/** Of a degree, and of a metre. */
export const DEGREE_STEPS = 1e7;
export const METRE_STEPS = 100;
/** Of a horizontal dilution of precision. */
export const HDOP_STEPS = 100;

/** A position as a frame carries it. */
export function roundPosition({ longitude, latitude, altitude }: Position): Position {
  return {
    longitude: Math.round(longitude * DEGREE_STEPS) / DEGREE_STEPS,
    latitude: Math.round(latitude * DEGREE_STEPS) / DEGREE_STEPS,
    ...(altitude !== undefined && { altitude: Math.round(altitude * METRE_STEPS) / METRE_STEPS }),
  };
}
