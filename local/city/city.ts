import { connectAsync, type MqttClient } from 'mqtt';
import { type City, type Device, populate } from './population.ts';
import { publicationsOf } from './publication.ts';
import { chance } from './random.ts';

export interface CityOptions {
  readonly mqttUrl: string;
  readonly seed: number;
  readonly config: City;
}

export interface RunningCity {
  readonly devices: number;
  readonly assets: number;
  stop(): Promise<void>;
}

/** Every device reports once within this time of the start, and then at its own interval. */
const FIRST_REPORTS_MS = 4_000;
const STEP_MS = 50;
/** Connects in flight while the city wakes up. */
const CONNECTS_MAX = 32;

interface Connected {
  readonly device: Device;
  readonly client: MqttClient;
  dueMs: number;
}

/** Starts the simulated city: devices only, each with its own MQTT connection, publishing at QoS 1. */
export async function startCity({ mqttUrl, seed, config }: CityOptions): Promise<RunningCity> {
  const devices = populate(config, seed);
  const startMs = Date.now();
  const connected: Connected[] = [];
  const waiting = [...devices];
  const connectNext = async (): Promise<void> => {
    for (let device = waiting.pop(); device; device = waiting.pop()) {
      const client = await connectAsync(mqttUrl, { clientId: device.thing, reconnectPeriod: 1000 }, true);
      // A device goes on measuring through a lost connection: the client keeps its readings and sends them later.
      client.on('error', () => {});
      connected.push({ device, client, dueMs: startMs + FIRST_REPORTS_MS * chance(seed, device.thing, 'phase') });
    }
  };
  const connecting = Promise.all(Array.from({ length: CONNECTS_MAX }, connectNext));

  const timer = setInterval(() => {
    const nowMs = Date.now();
    for (const each of connected) {
      if (each.dueMs > nowMs) continue;
      report(each, nowMs, seed);
      // A machine that slept does not send what it missed: nobody measured it.
      each.dueMs = Math.max(each.dueMs + each.device.intervalMs, nowMs);
    }
  }, STEP_MS);

  await connecting;
  return {
    devices: devices.length,
    assets: new Set(devices.map(({ assetId }) => assetId)).size,
    async stop() {
      clearInterval(timer);
      await Promise.all(connected.map(({ client }) => client.endAsync(true)));
    },
  };
}

function report({ device, client }: Connected, nowMs: number, seed: number): void {
  const tick = Math.floor(nowMs / device.intervalMs);
  for (const { topic, payload } of publicationsOf(device, tick, nowMs, seed))
    client.publish(topic, payload, { qos: 1 });
}
