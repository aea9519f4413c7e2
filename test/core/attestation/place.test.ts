import { describe, expect, it } from 'vitest';
import {
  ageVerdict,
  breachOfFix,
  breachOfSpeed,
  breachOfSurvey,
  FIX_AGE_MAX_MS,
  LIVE_AGE_MAX_MS,
  type Sighting,
} from '../../../core/attestation/place.ts';
import { distanceM } from '../../../core/geo/distance.ts';
import { EIGHT_O_CLOCK_MS } from '../codec/factories.ts';

const MARKET_HALL = { longitude: -1.8931, latitude: 52.4773 };
/** 1° of latitude on a sphere of the Earth's mean radius: 2π · 6371.0088 km / 360. */
const METRES_PER_DEGREE = 111_195.08;

function northOf(metres: number) {
  return { ...MARKET_HALL, latitude: MARKET_HALL.latitude + metres / METRES_PER_DEGREE };
}

describe('a distance', () => {
  it.each([
    // Airports of the "Aviation Formulary" (E. Williams), 0.623585 rad apart on a sphere.
    [{ longitude: -118.4, latitude: 33 + 57 / 60 }, { longitude: -73 - 47 / 60, latitude: 40 + 38 / 60 }, 3_972_865],
    [{ longitude: 179.9999, latitude: 0 }, { longitude: -179.9999, latitude: 0 }, 22.239],
    [MARKET_HALL, MARKET_HALL, 0],
    [{ longitude: 0, latitude: 90 }, { longitude: 180, latitude: -90 }, 20_015_114],
  ])('from %o to %o is %d m', (from, to, expected) => {
    expect(distanceM(from, to)).toBeGreaterThanOrEqual(expected * 0.9999);
    expect(distanceM(from, to)).toBeLessThanOrEqual(expected * 1.0001);
  });
});

describe('a signed reading', () => {
  it.each([
    [0, 'live'],
    [LIVE_AGE_MAX_MS, 'live'],
    [-LIVE_AGE_MAX_MS, 'live'],
    [LIVE_AGE_MAX_MS + 1, 'historical'],
    [86_400_000, 'historical'],
  ])('that was observed %d ms before its receipt is %s', (ageMs, verdict) => {
    expect(ageVerdict(EIGHT_O_CLOCK_MS - ageMs, EIGHT_O_CLOCK_MS)).toBe(verdict);
  });

  it('that is ahead of its receipt is invalid', () => {
    expect(ageVerdict(EIGHT_O_CLOCK_MS + LIVE_AGE_MAX_MS + 1, EIGHT_O_CLOCK_MS)).toMatchObject({
      reason: 'attestation-invalid',
    });
  });

  it.each([0, FIX_AGE_MAX_MS, -FIX_AGE_MAX_MS])('has a fix of its time: %d ms old', (ageMs) => {
    expect(breachOfFix(EIGHT_O_CLOCK_MS, EIGHT_O_CLOCK_MS - ageMs)).toBeUndefined();
  });

  it.each([FIX_AGE_MAX_MS + 1, -FIX_AGE_MAX_MS - 1])('with another fix has a stale position: %d ms', (ageMs) => {
    expect(breachOfFix(EIGHT_O_CLOCK_MS, EIGHT_O_CLOCK_MS - ageMs)).toMatchObject({ reason: 'stale-position' });
  });

  it.each([0, 49.9])('is from where its asset stands: %d m off', (metres) => {
    expect(breachOfSurvey(northOf(metres), MARKET_HALL)).toBeUndefined();
  });

  it.each([50.1, 5_000_000])('is not from where its asset stands: %d m off', (metres) => {
    expect(breachOfSurvey(northOf(metres), MARKET_HALL)).toMatchObject({ reason: 'outside-tolerance' });
  });
});

describe('a vehicle', () => {
  const start: Sighting = { observedAtMs: EIGHT_O_CLOCK_MS, position: MARKET_HALL };
  const after = (seconds: number, metres: number): Sighting => ({
    observedAtMs: EIGHT_O_CLOCK_MS + seconds * 1000,
    position: northOf(metres),
  });

  it.each([
    [0, 49.9],
    [1, 119.9],
    [60, 4249],
    [-60, 4249],
  ])('may be elsewhere after %d s: %d m', (seconds, metres) => {
    expect(breachOfSpeed(after(seconds, metres), start)).toBeUndefined();
  });

  it.each([
    [0, 50.1],
    [1, 120.1],
    [60, 4251],
    [-60, 4251],
  ])('cannot be so far after %d s: %d m', (seconds, metres) => {
    expect(breachOfSpeed(after(seconds, metres), start)).toMatchObject({ reason: 'implausible-speed' });
  });
});
