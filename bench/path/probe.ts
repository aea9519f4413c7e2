import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import type { TwinStore } from '../../core/ports.ts';
import { ASSETS, assetIdOf, readingJson, topicOf } from '../support/workload.ts';

/** A source of its own, so that a probe stands beside the readings of the load and is not superseded by them. */
const SOURCE = 'probe';
const INTERVAL_MS = 1000;
/** The twin is asked for after this long at first, and then each time that the wait has grown by a tenth. */
const POLL_MS = 20;
const POLL_SHARE = 0.1;
const ARRIVAL_MAX_MS = 120_000;
/** Without a divisor in common with the number of assets, so that the probes walk over all of them. */
const ASSET_STEP = 7;

/**
 * Once a second until `endAtMs`, publishes a reading and asks for its twin until it is there. Returns how long
 * each took in milliseconds, in the order of publishing; a poll makes it too long by at most a tenth.
 */
export async function probeTwins(mqttUrl: string, twins: TwinStore, endAtMs: number): Promise<number[]> {
  const client = await connectAsync(mqttUrl, { clientId: 'bench-probe' });
  const probes: Promise<number>[] = [];
  for (let number = 0; Date.now() < endAtMs; number++) {
    probes.push(probe(client, twins, number));
    await delay(INTERVAL_MS);
  }
  const latenciesMs = await Promise.all(probes);
  await client.endAsync();
  return latenciesMs;
}

async function probe(client: MqttClient, twins: TwinStore, number: number): Promise<number> {
  const assetIndex = (number * ASSET_STEP) % ASSETS;
  const assetId = assetIdOf(assetIndex);
  const sentAtMs = Date.now();
  const ageMs = () => Date.now() - sentAtMs;
  await client.publishAsync(topicOf(assetId, SOURCE), readingJson(assetIndex, number, sentAtMs), { qos: 1 });
  const stamp = BigInt(sentAtMs) * 1_000_000n + BigInt(number);
  while (!(await stands(twins, assetId, stamp))) {
    if (ageMs() > ARRIVAL_MAX_MS) throw new Error(`a probe of ${assetId} is not in its twin after ${ageMs()} ms`);
    await delay(Math.max(POLL_MS, POLL_SHARE * ageMs()));
  }
  return ageMs();
}

async function stands(twins: TwinStore, assetId: string, stamp: bigint): Promise<boolean> {
  const stored = (await twins.read([assetId])).get(assetId);
  return stored?.twin.registers.get('pm25')?.get(SOURCE)?.stamp === stamp;
}
