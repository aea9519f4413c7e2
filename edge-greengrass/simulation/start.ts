/** Simulated sensors for a gateway on a laptop: each configured one gets a device that behaves like it, on loopback. */

import type {
  CameraConfig,
  GatewayConfig,
  ModbusSensorConfig,
  MqttSensorConfig,
  RadioLinkConfig,
  SensorConfig,
} from '../config/gateway-config.ts';
import type { LocalBus } from '../ports.ts';
import { type CabinetBroker, startCabinetBroker } from './broker.ts';
import { startLoops } from './loops.ts';
import { freeUdpPort, startRadioNode } from './radio-node.ts';
import { exponential, seededRandom } from './random.ts';
import { createWeather } from './weather.ts';

const WEATHER_MS = 2000;
const COUNTS_MS = 1000;
const VEHICLES_MEAN = 8;
const FLOW_VEHICLES_PER_HOUR = 900;

/** What hears an emergency vehicle, where nothing that is configured does. */
const EMERGENCY_STREAM = 'traffic/signal/emergency';
const EMERGENCY_TOPIC = 'v2x/emergency';
const EMERGENCY_SENSOR = 'ev-receiver';
const EMERGENCY_EVERY_MS_MEAN = 90_000;
const EMERGENCY_LASTS_MS = 12_000;
const EMERGENCY_REPEAT_MS = 2000;

export interface Simulation {
  /** As it was given, but for where the sensors are. */
  readonly config: GatewayConfig;
  stop(): Promise<void>;
}

interface Cabinet {
  readonly config: GatewayConfig;
  readonly bus: LocalBus;
  readonly broker: CabinetBroker;
  readonly random: () => number;
  readonly every: (ms: number, work: () => void) => void;
  readonly onStop: (work: () => unknown) => void;
}

/** Starts a device for every sensor; those of a LoRaWAN get a broker on which nothing is said. */
export async function startSimulation(config: GatewayConfig, bus: LocalBus, seed: number): Promise<Simulation> {
  const stops: (() => unknown)[] = [];
  const broker = await startCabinetBroker();
  const cabinet: Cabinet = {
    config,
    bus,
    broker,
    random: seededRandom(seed),
    every(ms, work) {
      const timer = setInterval(work, ms);
      stops.push(() => clearInterval(timer));
    },
    onStop: (work) => stops.push(work),
  };
  const sensors: SensorConfig[] = [];
  for (const sensor of config.sensors) sensors.push(await simulate(sensor, cabinet));
  if (config.streams[EMERGENCY_STREAM] && !sensors.some(({ streams }) => streams.includes(EMERGENCY_STREAM))) {
    sensors.push(simulateEmergencies(cabinet));
  }
  return {
    config: { ...config, sensors },
    async stop() {
      for (const stop of stops.splice(0)) await stop();
      await broker.close();
    },
  };
}

async function simulate(sensor: SensorConfig, cabinet: Cabinet): Promise<SensorConfig> {
  if (sensor.protocol === 'modbus-tcp') return simulateModbus(sensor, cabinet);
  if (sensor.protocol === 'mqtt') return simulateMqtt(sensor, cabinet);
  if (sensor.protocol === 'rtsp') return simulateCamera(sensor, cabinet);
  if (sensor.protocol === 'udp-radio') return simulateRadio(sensor, cabinet);
  return { ...sensor, url: cabinet.broker.url };
}

async function simulateModbus(sensor: ModbusSensorConfig, cabinet: Cabinet): Promise<ModbusSensorConfig> {
  const device = await startLoops(sensor, cabinet.random);
  cabinet.onStop(() => device.close());
  return { ...sensor, host: '127.0.0.1', port: device.port };
}

function simulateMqtt(sensor: MqttSensorConfig, { broker, random, every }: Cabinet): MqttSensorConfig {
  const weather = createWeather(sensor.fields, random);
  const topic = sensor.topic.replaceAll(/[+#]/g, sensor.id);
  every(WEATHER_MS, () => broker.publish(topic, { observedAt: Date.now(), ...weather() }));
  return { ...sensor, url: broker.url };
}

/** It stops counting when it is told that nobody wants to know. */
async function simulateCamera(camera: CameraConfig, { bus, random, every }: Cabinet): Promise<CameraConfig> {
  let isRunning = true;
  await bus.subscribe(`${camera.topic}/control`, (payload) => {
    isRunning = !Buffer.from(payload).includes('false');
  });
  every(COUNTS_MS, () => {
    if (!isRunning) return;
    const counts = camera.streams.map((stream): [string, number] => [
      stream,
      stream.endsWith('flow')
        ? Math.round(FLOW_VEHICLES_PER_HOUR * (0.8 + 0.4 * random()))
        : Math.round(exponential(VEHICLES_MEAN, random)),
    ]);
    const message = { observedAt: Date.now(), ...Object.fromEntries(counts) };
    // A bus that is not there has nobody who would miss the counts.
    bus.publish(camera.topic, Buffer.from(JSON.stringify(message))).catch(() => {});
  });
  return camera;
}

async function simulateRadio(link: RadioLinkConfig, cabinet: Cabinet): Promise<RadioLinkConfig> {
  const { config, random } = cabinet;
  const moved = { ...link, host: '127.0.0.1', port: await freeUdpPort() };
  const node = await startRadioNode(`${link.id}-node`, moved, config, random);
  const fields = link.streams.flatMap((stream) => Object.keys(config.streams[stream]?.attributes ?? {}));
  const weather = createWeather(fields, random);
  cabinet.every(WEATHER_MS, () => {
    const reading = { observedAt: Date.now(), attributes: weather() };
    void node.send(Buffer.from(JSON.stringify(reading)));
  });
  cabinet.onStop(() => node.close());
  return moved;
}

/** Now and then one comes, and is there for a while. */
function simulateEmergencies({ broker, random, every }: Cabinet): MqttSensorConfig {
  let nextMs = performance.now() + exponential(EMERGENCY_EVERY_MS_MEAN, random);
  let saidAtMs = -Infinity;
  let wasNear = false;
  every(100, () => {
    const nowMs = performance.now();
    if (nowMs > nextMs + EMERGENCY_LASTS_MS) nextMs = nowMs + exponential(EMERGENCY_EVERY_MS_MEAN, random);
    const isNear = nowMs >= nextMs;
    if (isNear === wasNear && nowMs - saidAtMs < EMERGENCY_REPEAT_MS) return;
    wasNear = isNear;
    saidAtMs = nowMs;
    broker.publish(EMERGENCY_TOPIC, { observedAt: Date.now(), value: isNear });
  });
  return {
    protocol: 'mqtt',
    id: EMERGENCY_SENSOR,
    streams: [EMERGENCY_STREAM],
    silentMaxMs: 15 * EMERGENCY_REPEAT_MS,
    samplesPerSecondMax: 100,
    url: broker.url,
    topic: EMERGENCY_TOPIC,
    fields: ['value'],
  };
}
