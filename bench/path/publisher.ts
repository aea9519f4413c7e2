/** One thread of devices: sends its share of the readings over its own connections and enters them into the ledger. */
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { assetIdOf, readingJson, SOURCE, topicOf } from '../support/workload.ts';
import { assetIndexOf, type Ledger, READINGS_MAX } from './ledger.ts';
import { connectPublisher, type MqttPublisher } from './mqtt-publisher.ts';

export interface PublisherTask {
  readonly mqttUrl: string;
  readonly ledger: Ledger;
  /** This thread sends every `threads`-th reading, from the `thread`-th on. */
  readonly thread: number;
  readonly threads: number;
  /** Of all threads together. */
  readonly rate: number | 'max';
  readonly startAtMs: number;
  readonly endAtMs: number;
}

/** Of one thread; IoT Core would take 100 publishes a second of each. */
const CONNECTIONS = 10;
/** Unacknowledged readings of a thread that sends as fast as it can: each connection keeps half of the broker's window busy. */
const IN_FLIGHT_MAX = 50 * CONNECTIONS;
const TICK_MS = 5;
/** A reading that is not acknowledged by then is not acknowledged. */
const LAST_ACKNOWLEDGEMENT_MAX_MS = 60_000;

const task: PublisherTask = workerData;
const { ledger, thread, threads, rate, startAtMs, endAtMs } = task;
/** The numbers of the readings that are under way. */
const unacknowledged = new Set<number>();
/** Called at the next acknowledgement. */
let onAcknowledged: (() => void) | undefined;
const connections = await Promise.all(
  Array.from({ length: CONNECTIONS }, (_, index) => connectPublisher(task.mqttUrl, `bench-${thread}-${index}`)),
);
parentPort?.postMessage('connected');
await delay(Math.max(0, startAtMs - Date.now()));
await (rate === 'max' ? publishAsAcknowledged() : publishAsDue(rate));
await lastAcknowledgement();
for (const connection of connections) connection.end();
parentPort?.postMessage('done');

/** An open loop: what is due is sent, however long the acknowledgements take, and its latency counts from then. */
async function publishAsDue(ratePerSecond: number): Promise<void> {
  const dueAtMs = (number: number) => startAtMs + Math.floor((number * 1000) / ratePerSecond);
  let number = thread;
  while (dueAtMs(number) < endAtMs && number < READINGS_MAX) {
    for (; dueAtMs(number) <= Math.min(Date.now(), endAtMs - 1); number += threads) publish(number, dueAtMs(number));
    await delay(TICK_MS);
  }
}

/** A closed loop: the next reading is sent when an earlier one was acknowledged. */
async function publishAsAcknowledged(): Promise<void> {
  const end = delay(endAtMs - Date.now());
  for (let number = thread; Date.now() < endAtMs && number < READINGS_MAX; number += threads) {
    if (unacknowledged.size >= IN_FLIGHT_MAX) await Promise.race([acknowledgement(), end]);
    publish(number, Date.now());
  }
}

function publish(number: number, dueAtMs: number): void {
  const assetIndex = assetIndexOf(number);
  ledger.dueAtMs[number] = dueAtMs;
  unacknowledged.add(number);
  const topic = topicOf(assetIdOf(assetIndex), SOURCE);
  connectionOf(assetIndex).publish(topic, readingJson(assetIndex, number, dueAtMs), () => {
    ledger.acknowledgedAtMs[number] = Date.now();
    unacknowledged.delete(number);
    onAcknowledged?.();
  });
}

async function lastAcknowledgement(): Promise<void> {
  const endMs = Date.now() + LAST_ACKNOWLEDGEMENT_MAX_MS;
  while (unacknowledged.size > 0 && Date.now() < endMs) await delay(TICK_MS);
}

function acknowledgement(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  onAcknowledged = resolve;
  return promise;
}

/** One asset's readings on one connection, so that they arrive in order. */
function connectionOf(assetIndex: number): MqttPublisher {
  const connection = connections[Math.floor(assetIndex / threads) % CONNECTIONS];
  if (!connection) throw new Error(`no connection for asset ${assetIndex}`);
  return connection;
}
