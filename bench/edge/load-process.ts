/** The junction's sensors and the cloud, in a process of their own: what they cost is not the gateway's. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import { decodeFrame } from '../../core/sync/decode-frame.ts';
import { encodeAck } from '../../core/sync/encode-command.ts';
import type { Lane } from '../../core/sync/frame.ts';
import type { LoadSettings } from './settings.ts';
import { startModbusServer } from './modbus-server.ts';

/** Fifty sensors that know nothing of one another do not speak all at once. */
const STEP_MS = 5;
const ACK_INTERVAL_MS = 1000;
/** The siren is heard and not heard, in turns. */
const SIREN_INTERVAL_MS = 100;
/** A car stands over a loop for so long, and comes as often. */
const CAR_MS = 700;

const settings = JSON.parse(process.argv[2] ?? '{}') as LoadSettings;
const broker = await Aedes.createBroker();
const server = createServer(broker.handle);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const loops = await Promise.all(
  Array.from({ length: settings.loops }, (_, loop) =>
    startModbusServer(() => (Date.now() + 83 * loop) % (2 * CAR_MS) < CAR_MS),
  ),
);

let sequences = new Map<Lane, { readonly epoch: number; readonly sequence: number }>();
let readingsSent = 0;
broker.on('publish', ({ topic, payload }, client) => {
  if (!client || !topic.endsWith('/frames')) return;
  const decoded = decodeFrame(Buffer.from(payload));
  if (!decoded.ok || decoded.frame.kind === 'heartbeat') return;
  const { lane, epoch, sequence, readings } = decoded.frame;
  readingsSent += readings.length;
  sequences.set(lane, { epoch, sequence });
});

function publish(topic: string, payload: string | Uint8Array): void {
  const packet = { cmd: 'publish', topic, payload: Buffer.from(payload), qos: 0, retain: false, dup: false } as const;
  broker.publish(packet, () => {});
}

setInterval(() => {
  for (const [lane, { epoch, sequence }] of sequences) {
    publish(settings.ackTopic, encodeAck({ lane, epoch, sequence, refused: [] }));
  }
  sequences = new Map();
}, ACK_INTERVAL_MS);

let isHeard = false;
setInterval(() => {
  isHeard = !isHeard;
  // The counter carries what the milliseconds leave over, so that the actuator knows the sensor's time to a microsecond.
  const nowMs = performance.timeOrigin + performance.now();
  const observedAt = Math.floor(nowMs);
  const counter = Math.floor((nowMs - observedAt) * 1000);
  publish(
    'sensors/siren',
    JSON.stringify({ observedAt, counter, attributes: { emergencyVehicleApproaching: isHeard } }),
  );
}, SIREN_INTERVAL_MS);

let offered = 0;
const startedMs = performance.now();
setInterval(() => {
  const due = Math.floor(((performance.now() - startedMs) * settings.readingsPerSecond) / 1000);
  for (; offered < due; offered++) {
    const temperature = Math.round(200 * Math.sin(offered / 997)) / 10;
    const windSpeed = (offered % 400) / 10;
    const reading = { observedAt: Date.now(), counter: offered, attributes: { temperature, windSpeed } };
    publish(`sensors/wx-${offered % settings.weatherSensors}`, JSON.stringify(reading));
  }
}, STEP_MS);

process.on('message', () => process.send?.({ offered, readingsSent }));
process.once('disconnect', () => process.exit(0));
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('the broker has no port');
process.send?.({ mqttPort: address.port, modbusPorts: loops.map(({ port }) => port) });
