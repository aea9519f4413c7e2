/** What a signed position must agree with: its own time, where the asset stands, and how fast a vehicle can be. */

import { distanceM } from '../geo/distance.ts';
import type { Attestation, Position } from '../observation.ts';
import { refuse, type Refusal } from '../reason.ts';

/** Between an observation and its receipt, for it to be `live`; and how far a clock set by GNSS may run ahead. */
export const LIVE_AGE_MAX_MS = 5000;
/** Between the fix of a position and the observation that it is sent with. */
export const FIX_AGE_MAX_MS = 5000;
/** From where an asset was surveyed; and what is forgiven of a vehicle's way, since receivers err. */
export const TOLERANCE_M = 50;
/** Of anything on a city's roads and rails, 252 km/h. */
const SPEED_MAX_M_PER_S = 70;

/** Where something was, and when. */
export interface Sighting {
  readonly observedAtMs: number;
  readonly position: Position;
}

/** `live`, `historical`, or `attestation-invalid` where the observation lies ahead of its receipt. */
export function ageVerdict(observedAtMs: number, receivedAtMs: number): Exclude<Attestation, 'none'> | Refusal {
  const ageMs = receivedAtMs - observedAtMs;
  if (ageMs < -LIVE_AGE_MAX_MS) {
    return refuse(
      'attestation-invalid',
      `observed ${-ageMs} ms after it was received, expected at most ${LIVE_AGE_MAX_MS}`,
    );
  }
  return ageMs <= LIVE_AGE_MAX_MS ? 'live' : 'historical';
}

export function breachOfFix(observedAtMs: number, gnssAtMs: number): Refusal | undefined {
  const ageMs = observedAtMs - gnssAtMs;
  if (Math.abs(ageMs) <= FIX_AGE_MAX_MS) return undefined;
  return refuse(
    'stale-position',
    `the position was ${ageMs} ms old when it was observed, expected at most ${FIX_AGE_MAX_MS}`,
  );
}

export function breachOfSurvey(position: Position, surveyed: Position): Refusal | undefined {
  const offM = distanceM(surveyed, position);
  if (offM <= TOLERANCE_M) return undefined;
  return refuse(
    'outside-tolerance',
    `${Math.round(offM)} m from where the asset was surveyed, expected at most ${TOLERANCE_M}`,
  );
}

/** Whichever of the two came first: a spooled sighting may be the earlier one. */
export function breachOfSpeed(sighting: Sighting, other: Sighting): Refusal | undefined {
  const wayM = distanceM(other.position, sighting.position);
  const elapsedMs = Math.abs(sighting.observedAtMs - other.observedAtMs);
  if (wayM <= TOLERANCE_M + (SPEED_MAX_M_PER_S * elapsedMs) / 1000) return undefined;
  return refuse(
    'implausible-speed',
    `${Math.round(wayM)} m within ${elapsedMs} ms, expected at most ${SPEED_MAX_M_PER_S} m/s`,
  );
}
