/** The gateway under measurement: the real one with real adapters, spool and line, and an actuator on its bus. */
import cityConfig from '../../cityweave.config.ts';
import { validateCityConfig } from '../../core/schema/validate-config.ts';
import { gatewayCodecs } from '../../edge-greengrass/adapters/lorawan/codecs.ts';
import { readGatewayConfig } from '../../edge-greengrass/config/read-config.ts';
import { startGateway } from '../../edge-greengrass/gateway/gateway.ts';
import { serveActuator } from '../../edge-greengrass/rules/serve-actuator.ts';
import { connect } from '../../edge-greengrass/transport/connect.ts';
import { type GatewayFigures, type GatewaySettings, THING, ZONE } from './settings.ts';

const PREEMPT = 'actuators/preempt';
const LOW = 'weather/wild';
const FLOOD_PER_TURN = 100;
const { mqttPort, modbusPorts, weatherSensors, directory } = JSON.parse(process.argv[2] ?? '{}') as GatewaySettings;
const url = `mqtt://127.0.0.1:${mqttPort}`;
const read = readGatewayConfig({
  identity: { asset_id: 'bench-junction', zone: ZONE },
  sensors: {
    loops: modbusPorts.map((port, loop) => ({
      id: `loop-${loop}`,
      protocol: 'MODBUS_TCP',
      sampling_rate: '100Hz',
      host: '127.0.0.1',
      port,
      output_topic: 'dlt://traffic/loop/count',
    })),
    siren: [{ id: 'siren', protocol: 'MQTT', broker_url: url, output_topic: 'dlt://traffic/signal/emergency' }],
    weather: Array.from({ length: weatherSensors }, (_, index) => ({
      id: `wx-${index}`,
      protocol: 'MQTT',
      broker_url: url,
      fields: ['temperature', 'wind_speed'],
      max_samples_per_second: 10_000,
      output_topic: 'dlt://environment/weather/highway',
    })),
  },
  streams: [{ topic: `dlt://${LOW}`, priority: 'low', attributes: { temperature: 'temperature' } }],
  rules: [
    {
      name: 'preempt',
      topic: 'dlt://traffic/signal/emergency',
      value: true,
      actuator_topic: PREEMPT,
      command: 'preempt',
    },
  ],
  digital_twin: { max_delta_packets_per_second: 10 },
  failure_mode_policies: {
    power_brownout: {
      undervoltage_threshold_mv: 10_800,
      critical_topics: ['dlt://traffic/signal/emergency', 'dlt://traffic/loop/count'],
    },
  },
});
if (!read.ok) throw new Error(JSON.stringify(read.findings));

const log = (line: string): void => void process.stderr.write(`gateway: ${line}\n`);
const line = { kind: 'mqtt', thingName: THING, url, payloadBytesMax: 4096 } as const;
const { transport, localBus } = await connect(line, log);
let preemptionMs: number[] = [];
await localBus.subscribe(PREEMPT, (payload) => {
  const { stamp } = JSON.parse(new TextDecoder().decode(payload)) as { readonly stamp: string };
  const sensedMs = Number(BigInt(stamp) / 1_000_000n) + Number(BigInt(stamp) % 1_000_000n) / 1000;
  preemptionMs.push(performance.timeOrigin + performance.now() - sensedMs);
});
await serveActuator(localBus, PREEMPT, () => {}, Date.now);
const gateway = await startGateway({
  thing: THING,
  city: validateCityConfig(cityConfig),
  config: read.config,
  directory,
  transport,
  bus: localBus,
  codecs: gatewayCodecs(),
  log,
});

/** Offers readings of low priority as fast as they can be made, each turn of the event loop anew, until it is told to end. */
let flooding = false;
function flood(): void {
  const values = new Map([['temperature', 20]]);
  for (let each = 0; each < FLOOD_PER_TURN; each++) {
    gateway.intake.offer({ sensor: 'wild', stream: LOW, observedAtMs: Date.now(), counter: each, values });
  }
  if (flooding) setImmediate(flood);
}

process.on('message', (message) => {
  if (message === 'flood') {
    flooding = !flooding;
    if (flooding) flood();
    return;
  }
  const { counts, spool } = gateway.health();
  const { user, system } = process.cpuUsage();
  const figures: GatewayFigures = {
    atMs: performance.now(),
    cpuMs: (user + system) / 1000,
    residentBytes: process.memoryUsage.rss(),
    taken: sum(Object.values(counts.taken)),
    takenCritical: counts.taken.critical,
    refused: sum(Object.values(counts.refused)),
    spooled: sum(Object.values(spool).map(({ records }) => records)),
    preemptionMs,
    lateness: [...gateway.lateness().values()],
  };
  preemptionMs = [];
  process.send?.(figures);
});
process.once('disconnect', () => {
  void gateway.stop().then(() => process.exit(0));
});
process.send?.('ready');

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
