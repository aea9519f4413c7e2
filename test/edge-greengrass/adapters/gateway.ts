/** What adapters are tested against: an intake that keeps what it is given, and a configuration to make them from. */

import config from '../../../cityweave.config.ts';
import { refuse } from '../../../core/reason.ts';
import type { AdapterConfig, AdapterContext } from '../../../edge-greengrass/adapters/ports.ts';
import { createTally, type Fault, type Tally } from '../../../edge-greengrass/adapters/tally.ts';
import type { SensorConfig } from '../../../edge-greengrass/config/gateway-config.ts';
import type { Admission, Intake, LocalBus, Sample } from '../../../edge-greengrass/ports.ts';

export const LOOP_STREAM = 'traffic/loop/count';
export const WEATHER_STREAM = 'environment/weather/highway';

export function gatewayConfig(sensors: readonly SensorConfig[], changes: Partial<AdapterConfig> = {}): AdapterConfig {
  return {
    identity: { assetId: 'int-01', assetType: 'TrafficJunction', zone: 'centre', firmwareVersion: '1.0.0' },
    streams: {
      [LOOP_STREAM]: { priority: 'critical', attributes: { value: 'loopCount' } },
      [WEATHER_STREAM]: {
        priority: 'low',
        attributes: { temperature: 'temperature', precipitation: 'precipitation', wind_speed: 'windSpeed' },
      },
      'occupancy/vehicle/count': { priority: 'normal', attributes: { value: 'vehicleCount' } },
      'traffic/signal/flow': { priority: 'normal', attributes: { value: 'trafficFlow' } },
    },
    sensors,
    listeners: {},
    radio: { isFecEnabled: true, retransmitsMax: 3, backoff: 'exponential' },
    ...changes,
  };
}

export interface TestIntake extends Intake {
  readonly samples: Sample[];
  /** Streams that are not read now. */
  readonly closed: Set<string>;
  /** What becomes of a sample that somebody waits for; it is kept at once where this is not set. */
  keep: ((sample: Sample) => Promise<Admission>) | undefined;
}

export function createTestIntake(): TestIntake {
  const samples: Sample[] = [];
  const closed = new Set<string>();
  const take = (sample: Sample): Admission => {
    if (closed.has(sample.stream)) return 'suspended';
    samples.push(sample);
    return 'taken';
  };
  const intake: TestIntake = {
    samples,
    closed,
    keep: undefined,
    offer: take,
    accept: async (sample) => (intake.keep ? intake.keep(sample) : take(sample)),
    isOpen: (stream) => !closed.has(stream),
  };
  return intake;
}

export function createTestBus(): LocalBus {
  const listeners = new Map<string, ((payload: Uint8Array) => void)[]>();
  return {
    publish(topic, payload) {
      for (const listener of listeners.get(topic) ?? []) listener(payload);
      return Promise.resolve();
    },
    subscribe(topic, listener) {
      listeners.set(topic, [...(listeners.get(topic) ?? []), listener]);
      return Promise.resolve();
    },
  };
}

export function adapterContext(gateway: AdapterConfig, changes: Partial<AdapterContext> = {}): AdapterContext {
  return {
    config: gateway,
    city: config,
    bus: createTestBus(),
    codecs: { decode: () => Promise.resolve(refuse('processing-failed', 'no codecs here')) },
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    random: () => 0.5,
    tally: createTally(),
    ...changes,
  };
}

export function counted(tally: Tally, sensor: string, fault: Fault): number {
  return tally.counts().get(sensor)?.get(fault) ?? 0;
}

/** A clock that stands until it is moved. */
export function testClock(startMs = Date.UTC(2026, 10, 21, 8)) {
  let sinceMs = 0;
  return {
    nowMs: () => startMs + sinceMs,
    monotonicMs: () => sinceMs,
    advance(ms: number) {
      sinceMs += ms;
    },
  };
}
