import { between, chance, pick } from './random.ts';
import { cycle, daylight, parked, traffic, warmth } from './rhythm.ts';

/** What a device knows when it measures. */
export interface Moment {
  readonly timeMs: number;
  readonly seed: number;
  readonly assetId: string;
  /** This source's own error, −1 to 1: sources of one asset disagree by it. */
  readonly bias: number;
  /** Zero-mean noise of this reading and quantity, −1 to 1. */
  readonly noise: (quantity: string) => number;
}

export type Attributes = Record<string, number | boolean | string>;

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Asset type → what a device of it measures, in the type's units. What several sources see, they see from one truth. */
export const SIGNALS: Readonly<Record<string, (moment: Moment) => Attributes>> = {
  OffStreetParking: (moment) => spots(moment, 120, 800),

  OnStreetParking: (moment) => spots(moment, 10, 60),

  ParkingSpot: ({ timeMs, seed, assetId, bias }) => ({
    status: isSpotTaken(timeMs, seed, assetId) ? 'occupied' : 'free',
    batteryLevel: round(0.9 - 0.3 * Math.abs(bias), 2),
  }),

  TrafficFlowObserved: ({ timeMs, seed, assetId, bias, noise }) => {
    const load = traffic(timeMs) * between(0.6, 1, seed, assetId, 'load');
    return {
      intensity: whole(2200 * load * (1 + 0.05 * bias + 0.05 * noise('intensity'))),
      occupancy: fraction(0.55 * load * (1 + 0.05 * bias) + 0.02 * noise('occupancy')),
      averageVehicleSpeed: round(62 - 38 * load + 2 * bias + 3 * noise('speed'), 1),
      congested: load > 0.8,
    };
  },

  TrafficSignal: ({ timeMs, seed, assetId, bias, noise }) => ({
    operatingStatus: 'automatic',
    // A change reaches one source up to a second before the other.
    signalState: phaseOf(timeMs - SECOND_MS * (1 + bias) * 0.5, seed, assetId),
    preemptionStatus: 'none',
    cycleTime: CYCLE_MS / SECOND_MS,
    queueLength: whole(18 * traffic(timeMs) + 3 * noise('queue')),
  }),

  Vehicle: ({ timeMs, seed, assetId, noise }) => ({
    speed: round(Math.max(0, 34 - 18 * traffic(timeMs) + 9 * noise('speed')), 1),
    heading: whole(between(0, 360, seed, assetId, Math.floor(timeMs / (2 * MINUTE_MS)))),
    serviceStatus: 'onRoute',
    battery: round(1 - 0.8 * cycle(timeMs, DAY_MS, between(0, 1, seed, assetId)), 3),
  }),

  AirQualityObserved: ({ timeMs, seed, assetId, bias, noise }) => {
    const dirt = between(0.6, 1.4, seed, assetId, 'dirt') * (0.4 + traffic(timeMs));
    return {
      pm25: round(Math.max(0, 14 * dirt * (1 + 0.25 * bias) + noise('pm25')), 1),
      pm10: round(Math.max(0, 25 * dirt * (1 + 0.25 * bias) + 2 * noise('pm10')), 1),
      no2: round(Math.max(0, 45 * dirt * (1 + 0.15 * bias) + 3 * noise('no2')), 1),
      temperature: round(airTemperature(timeMs) + bias + 0.3 * noise('temperature'), 1),
    };
  },

  WeatherObserved: ({ timeMs, bias, noise }) => ({
    temperature: round(airTemperature(timeMs) + 0.4 * bias + 0.2 * noise('temperature'), 1),
    relativeHumidity: fraction(0.72 - 0.14 * warmth(timeMs) + 0.02 * bias),
    atmosphericPressure: round(1013 + 6 * Math.sin(timeMs / DAY_MS) + 0.2 * noise('pressure'), 1),
    windSpeed: round(Math.max(0, 3.5 + 1.5 * warmth(timeMs) + noise('wind')), 1),
    solarRadiation: whole(620 * daylight(timeMs)),
  }),

  NoiseLevelObserved: ({ timeMs, bias, noise }) => {
    const level = 44 + 24 * traffic(timeMs) + 1.5 * bias + 1.5 * noise('level');
    return { LAeq: round(level, 1), LAmax: round(level + 9 + 4 * Math.abs(noise('peak')), 1) };
  },

  Streetlight: ({ timeMs, seed, assetId, noise }) => {
    const isDefective = chance(seed, assetId, 'defect') < 0.03;
    const isLit = daylight(timeMs) < 0.1 && !isDefective;
    return {
      powerState: isLit ? 'on' : 'off',
      status: isDefective ? 'defectiveLamp' : 'ok',
      powerConsumption: isLit ? round(86 + 2 * noise('power'), 1) : 0,
    };
  },

  WasteContainer: ({ timeMs, seed, assetId, bias, noise }) => {
    const filling = cycle(timeMs, 3 * DAY_MS, between(0, 1, seed, assetId));
    return {
      fillingLevel: fraction(filling + 0.02 * bias + 0.01 * noise('filling')),
      temperature: round(airTemperature(timeMs) + 3 + noise('temperature'), 1),
      status: pick(['ok', 'ok', 'ok', 'ok', 'lidOpen'], seed, assetId, Math.floor(timeMs / DAY_MS)),
    };
  },

  WaterQualityObserved: ({ timeMs, bias, noise }) => ({
    temperature: round(14 + 1.5 * warmth(timeMs) + 0.2 * bias, 2),
    pH: round(7.6 + 0.1 * bias + 0.05 * noise('pH'), 2),
    O2: round(9.1 - 0.4 * warmth(timeMs) + 0.1 * noise('O2'), 2),
  }),

  PumpingStation: ({ timeMs, seed, assetId, noise }) => {
    const filled = cycle(timeMs, 20 * MINUTE_MS, between(0, 1, seed, assetId));
    const isPumping = filled > 0.7;
    return {
      wetWellLevel: round(isPumping ? 4.2 * (1 - filled) + 1 : 0.8 + 2 * filled, 2),
      flow: isPumping ? round(310 + 8 * noise('flow'), 1) : 0,
      activePumps: isPumping ? 2 : 0,
      operatingStatus: 'automatic',
    };
  },
};

export function isSpotTaken(timeMs: number, seed: number, assetId: string): boolean {
  return chance(seed, assetId, Math.floor(timeMs / (12 * MINUTE_MS))) < parked(timeMs);
}

/** Of a signal's cycle: how long it shows green, and amber behind it; the rest is red. */
const CYCLE_MS = 90 * SECOND_MS;
const GREEN_MS = 40 * SECOND_MS;
const AMBER_MS = 4 * SECOND_MS;

function phaseOf(timeMs: number, seed: number, assetId: string): string {
  const intoCycleMs = CYCLE_MS * cycle(timeMs, CYCLE_MS, between(0, 1, seed, assetId));
  if (intoCycleMs < GREEN_MS) return 'protected-Movement-Allowed';
  return intoCycleMs < GREEN_MS + AMBER_MS ? 'protected-clearance' : 'stop-And-Remain';
}

function spots({ timeMs, seed, assetId, bias, noise }: Moment, smallest: number, largest: number): Attributes {
  const total = whole(between(smallest, largest, seed, assetId, 'spots'));
  const taken = total * Math.min(1, parked(timeMs) * between(0.7, 1.2, seed, assetId, 'demand'));
  const occupied = Math.min(total, whole(taken * (1 + 0.03 * bias) + noise('occupied')));
  return { totalSpotNumber: total, occupiedSpotNumber: occupied, availableSpotNumber: total - occupied };
}

function airTemperature(timeMs: number): number {
  return 11 + 5 * warmth(timeMs);
}

function whole(value: number): number {
  return Math.max(0, Math.round(value));
}

function fraction(value: number): number {
  return round(Math.min(1, Math.max(0, value)), 3);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
