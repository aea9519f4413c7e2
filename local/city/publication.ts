import type { Device, Fault } from './population.ts';
import { chance } from './random.ts';
import { type Attributes, isSpotTaken, SIGNALS } from './signals.ts';

/** What a device sends at one tick: usually one payload. */
export interface Publication {
  readonly topic: string;
  readonly payload: string;
}

/** A bad device misbehaves in one reading of this many. */
const READINGS_PER_FAULT = 4;
/** A position is repeated now and then, for subscribers that came late; what moves sends it always. */
const READINGS_PER_POSITION = 10;
const LATE_MS = 20 * 60 * 1000;
/** Beyond the five minutes that a clock may be ahead. */
const FUTURE_MS = 10 * 60 * 1000;

/** What the device sends at `tick`, having measured at `observedAtMs`: a function of the seed and these, nothing else. */
export function publicationsOf(device: Device, tick: number, observedAtMs: number, seed: number): Publication[] {
  if (device.payload === 'parking-sensor')
    return [{ topic: device.topic, payload: legacyPayload(device, observedAtMs, seed) }];
  const isFaulty = chance(seed, device.thing, tick, 'misbehaves') < 1 / READINGS_PER_FAULT;
  return faulty(device, isFaulty ? device.fault : undefined, tick, observedAtMs, seed);
}

function faulty(
  device: Device,
  fault: Fault | undefined,
  tick: number,
  observedAtMs: number,
  seed: number,
): Publication[] {
  const { topic } = device;
  const good = reading(device, tick, observedAtMs, seed);
  switch (fault) {
    case 'duplicate':
      return [
        { topic, payload: good },
        { topic, payload: good },
      ];
    case 'late':
      return [{ topic, payload: reading(device, tick, observedAtMs - LATE_MS, seed) }];
    case 'future':
      return [{ topic, payload: reading(device, tick, observedAtMs + FUTURE_MS, seed) }];
    case 'out-of-range':
      return [{ topic, payload: reading(device, tick, observedAtMs, seed, beyondRange) }];
    case 'broken':
      return [{ topic, payload: good.slice(0, Math.floor(good.length / 2)) }];
    default:
      return [{ topic, payload: good }];
  }
}

function reading(
  device: Device,
  tick: number,
  observedAtMs: number,
  seed: number,
  distort: (attributes: Attributes) => Attributes = (attributes) => attributes,
): string {
  const { assetId, assetType, bias, position, thing } = device;
  const measure = SIGNALS[assetType];
  if (!measure) throw new Error(`asset type "${assetType}" of ${thing}: nothing in signals.ts measures it`);
  const noise = (quantity: string) => 2 * chance(seed, thing, tick, quantity) - 1;
  const attributes = distort(measure({ timeMs: observedAtMs, seed, assetId, bias, noise }));
  const isPositionDue = assetType === 'Vehicle' || tick % READINGS_PER_POSITION === 0;
  return JSON.stringify({
    observedAt: new Date(observedAtMs).toISOString(),
    counter: tick,
    attributes,
    ...(isPositionDue ? { position: moved(position, assetType, observedAtMs) } : {}),
  });
}

/** Every number a thousand times too large and negative: a sensor whose cable is loose. */
function beyondRange(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === 'number' ? -1000 * (value + 1) : value]),
  );
}

/** Vehicles circle a block of about 300 m in ten minutes. */
function moved(position: Device['position'], assetType: string, timeMs: number): Device['position'] {
  if (assetType !== 'Vehicle') return position;
  const angle = (2 * Math.PI * timeMs) / 600_000;
  return {
    lat: Number((position.lat + 0.0013 * Math.sin(angle)).toFixed(6)),
    lon: Number((position.lon + 0.002 * Math.cos(angle)).toFixed(6)),
  };
}

function legacyPayload({ assetId }: Device, observedAtMs: number, seed: number): string {
  return JSON.stringify({
    sensor_id: assetId,
    status: isSpotTaken(observedAtMs, seed, assetId) ? 'occupied' : 'vacant',
    timestamp: Math.floor(observedAtMs / 1000),
  });
}
