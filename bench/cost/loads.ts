import type { Kind, Load } from '../../bin/cost/load.ts';
import { READING_BYTES } from '../support/workload.ts';
import { seededRandom } from '../support/random.ts';

/** Of the raw readings that every load makes, so that what does not grow with them weighs alike. */
export const RAW_PER_SECOND = 1000;
const SOURCES_PER_ASSET = 2;
const SENSORS_PER_GATEWAY = 20;
/** What a gateway sends of what its sensors say; the rest moved less than its tolerance. */
const SENT_SHARE = 0.2;
/** Fills what IoT Core meters as one message. */
const READINGS_PER_FRAME = 5000 / READING_BYTES;
const SECONDS_PER_MINUTE = 60;
const SEED = 20_261_121;

/** A reading as it comes in: the `sensor`-th of all, of the `sensor`/2-th asset. */
export interface Arrival {
  readonly sensor: number;
  readonly observedAtS: number;
}

export interface CostedLoad {
  readonly name: string;
  readonly load: Load;
  /** What arrives within each second. */
  arrivals(seconds: number): readonly (readonly Arrival[])[];
}

/** Two sources an asset, 200 bytes a reading, nobody watching, no history: what is left is the way into the twin. */
export const LOADS: readonly CostedLoad[] = [
  {
    name: 'devices, a reading a second each',
    load: loadOf({ devices: RAW_PER_SECOND, readingsPerMinute: SECONDS_PER_MINUTE }),
    arrivals: (seconds) => direct(RAW_PER_SECOND, 1, seconds),
  },
  {
    name: 'devices, a reading a minute each',
    load: loadOf({ devices: RAW_PER_SECOND * SECONDS_PER_MINUTE, readingsPerMinute: 1 }),
    arrivals: (seconds) => direct(RAW_PER_SECOND * SECONDS_PER_MINUTE, SECONDS_PER_MINUTE, seconds),
  },
  {
    name: 'edge frames, a reading a second each, 80 % suppressed',
    load: loadOf({
      devices: RAW_PER_SECOND,
      connections: RAW_PER_SECOND / SENSORS_PER_GATEWAY,
      readingsPerMinute: SENT_SHARE * SECONDS_PER_MINUTE,
      readingsPerMessage: READINGS_PER_FRAME,
      basicIngestShare: 1,
    }),
    arrivals: framed,
  },
];

function loadOf(kind: Pick<Kind, 'devices' | 'readingsPerMinute'> & Partial<Kind>): Load {
  const sensors: Kind = {
    assets: kind.devices / SOURCES_PER_ASSET,
    readingBytes: READING_BYTES,
    readingsPerMessage: 1,
    basicIngestShare: 0,
    criticalShare: 0,
    refusedShare: 0,
    ...kind,
  };
  const streams = { mode: 'provisioned', retentionHours: 24, shardsMin: 1 } as const;
  return { name: '', zones: 1, kinds: { sensors }, streams, apiRequestsPerSecond: 0, recovery: false };
}

/** Each device at a second of its own within the period. */
function direct(devices: number, periodS: number, seconds: number): readonly (readonly Arrival[])[] {
  const random = seededRandom(SEED);
  const phases = Array.from({ length: devices }, () => Math.floor(random() * periodS));
  const sensors = Map.groupBy(phases.keys(), (sensor) => phases[sensor] ?? 0);
  return Array.from({ length: seconds }, (_, observedAtS) =>
    (sensors.get(observedAtS % periodS) ?? []).map((sensor) => ({ sensor, observedAtS })),
  );
}

/** A gateway sends a frame when it is full. */
function framed(seconds: number): readonly (readonly Arrival[])[] {
  const random = seededRandom(SEED);
  const frames = Array.from({ length: RAW_PER_SECOND / SENSORS_PER_GATEWAY }, (): Arrival[] => []);
  return Array.from({ length: seconds }, (_, observedAtS) => {
    const arrivals: Arrival[] = [];
    for (let sensor = 0; sensor < RAW_PER_SECOND; sensor++) {
      if (random() >= SENT_SHARE) continue;
      const frame = frames[Math.floor(sensor / SENSORS_PER_GATEWAY)] ?? [];
      frame.push({ sensor, observedAtS });
      if (frame.length === READINGS_PER_FRAME) arrivals.push(...frame.splice(0));
    }
    return arrivals;
  });
}
