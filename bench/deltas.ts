import { connectAsync, type MqttClient } from 'mqtt';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeDeltaMessage } from '../core/delta/decode.ts';
import { type LocalCloud, startLocalCloud, withTemporaryDirectory } from './support/local-cloud.ts';
import { type Benchmark, type Progress, rounded } from './support/report.ts';
import { percentile, spreadOf } from './support/statistics.ts';
import { ASSETS, assetIdOf, readingJson, SOURCE, topicOf } from './support/workload.ts';

/** The load at which an operator looks at the screen; a fifth of it takes the fast lane. */
const RATE = 200;
const CRITICAL_EVERY = 5;
const SECONDS_MAX = 20;
const TICK_MS = 5;
/** After the last reading, for those that are still on their way. */
const STRAGGLERS_MAX_MS = 30_000;
const CONNECTIONS = 10;
/** The first seconds warm the functions up and are not counted. */
const WARM_UP_MS = 15_000;

type Lane = 'bulk' | 'fast';

/** When each reading was due and when the first delta that holds its value came; by number. */
interface Timings {
  readonly dueAtMs: Map<number, number>;
  readonly latenciesMs: Record<Lane, number[]>;
  messages: number;
  deltas: number;
  bytes: number;
}

/** MQTT QoS 1 → both lanes → a subscriber of `twin/#`, at a load that is no strain. */
export const deltas: Benchmark = ({ seconds }, progress) =>
  withTemporaryDirectory(async (directory) => {
    progress('deltas: starting the local cloud');
    const cloud = await startLocalCloud(directory);
    try {
      const timings = await measure(cloud, Math.min(seconds, SECONDS_MAX), progress);
      const packing = {
        messages: timings.messages,
        'deltas per message': rounded(timings.deltas / timings.messages, 1),
        'bytes per delta': rounded(timings.bytes / timings.deltas),
      };
      return [
        {
          title: `From when a reading was due to its delta at a subscriber, ${RATE} readings/s, every ${CRITICAL_EVERY}th critical, after ${WARM_UP_MS / 1000} s of warm-up`,
          rows: [latencyRow('bulk', timings), latencyRow('fast', timings)],
        },
        { title: 'Packing', rows: [packing] },
      ];
    } finally {
      await cloud.stop();
    }
  });

async function measure(cloud: LocalCloud, seconds: number, progress: Progress): Promise<Timings> {
  const latenciesMs: Timings['latenciesMs'] = { bulk: [], fast: [] };
  const timings: Timings = { dueAtMs: new Map(), latenciesMs, messages: 0, deltas: 0, bytes: 0 };
  const subscriber = await connectAsync(cloud.mqttUrl, { clientId: 'viewer-bench' });
  const startAtMs = Date.now();
  subscriber.on('message', (_, payload) => arrived(payload, timings, startAtMs + WARM_UP_MS));
  await subscriber.subscribeAsync('twin/#');

  const publishers = await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, index) => connectAsync(cloud.mqttUrl, { clientId: `bench-${index}` })),
  );
  progress(`deltas: ${RATE} readings/s for ${seconds} s`);
  await publishAll(publishers, timings, startAtMs, WARM_UP_MS + seconds * 1000);
  const endMs = Date.now() + STRAGGLERS_MAX_MS;
  while (timings.dueAtMs.size > 0 && Date.now() < endMs) await delay(TICK_MS);
  await Promise.all([subscriber, ...publishers].map((client) => client.endAsync()));
  return timings;
}

/** An open loop, so that a stall counts for all that was due meanwhile. */
async function publishAll(publishers: readonly MqttClient[], timings: Timings, startAtMs: number, forMs: number) {
  const readings = Math.floor((forMs * RATE) / 1000);
  for (let number = 0; number < readings; ) {
    for (; number < readings; number += 1) {
      const dueAtMs = startAtMs + Math.floor((number * 1000) / RATE);
      if (dueAtMs > Date.now()) break;
      timings.dueAtMs.set(number, dueAtMs);
      const [topic, payload] = readingOf(number, dueAtMs);
      void publishers[number % CONNECTIONS]?.publishAsync(topic, payload, { qos: 1 });
    }
    await delay(TICK_MS);
  }
}

function readingOf(number: number, dueAtMs: number): readonly [topic: string, payload: string] {
  if (number % CRITICAL_EVERY !== 0) {
    const assetIndex = number % ASSETS;
    return [topicOf(assetIdOf(assetIndex), SOURCE), readingJson(assetIndex, number, dueAtMs)];
  }
  const reading = { observedAt: dueAtMs, counter: number, attributes: { queueLength: number % 400 } };
  return [`dt/centre/TrafficSignal/junction-${number % ASSETS}/${SOURCE}`, JSON.stringify(reading)];
}

/** A reading's number is the tie of its stamp. The bulk lane publishes a critical one again: the first counts. */
function arrived(payload: Uint8Array, timings: Timings, countFromMs: number): void {
  const atMs = Date.now();
  const message = decodeDeltaMessage(payload);
  if (!message.ok) throw new Error(message.detail);
  timings.messages += 1;
  timings.bytes += payload.length;
  timings.deltas += message.deltas.length;
  for (const { twin } of message.deltas) {
    const [register] = twin?.registers.values() ?? [];
    const number = Number((register?.get(SOURCE)?.stamp ?? 0n) % 1_000_000n);
    const dueAtMs = timings.dueAtMs.get(number);
    timings.dueAtMs.delete(number);
    if (dueAtMs === undefined || dueAtMs < countFromMs) continue;
    timings.latenciesMs[number % CRITICAL_EVERY === 0 ? 'fast' : 'bulk'].push(atMs - dueAtMs);
  }
}

function latencyRow(lane: Lane, { latenciesMs, dueAtMs }: Timings) {
  const ofLane = latenciesMs[lane];
  const { min, median, max } = spreadOf(ofLane);
  const missing = [...dueAtMs.keys()].filter((number) => (number % CRITICAL_EVERY === 0) === (lane === 'fast'));
  return {
    lane,
    samples: ofLane.length,
    // Overtaken by a later reading of their asset in one batch, or lost.
    'not seen': missing.length,
    'min ms': min,
    'p50 ms': median,
    'p95 ms': percentile(ofLane, 95),
    'p99 ms': percentile(ofLane, 99),
    'max ms': max,
  };
}
