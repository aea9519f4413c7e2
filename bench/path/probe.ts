import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import type { TwinStore } from '../../core/ports.ts';
import { ASSETS, assetIdOf, readingJson, topicOf } from '../support/workload.ts';

/** A source of its own, so that a probe stands beside the readings of the load and is not superseded by them. */
const SOURCE = 'probe';
const POLL_MS = 20;
const ARRIVAL_MAX_MS = 120_000;
/** Neighbours in number are of different buckets; this walks over all of the assets. */
const ASSET_STEP = 7;

export interface Probes {
  /** From publishing a reading to finding it in its twin: each at most one poll too long. */
  readonly latenciesMs: readonly number[];
}

/** Until `endAtMs`, one reading after the other: publishes it and asks for its twin until it is there. */
export async function probeTwins(mqttUrl: string, twins: TwinStore, endAtMs: number): Promise<Probes> {
  const client = await connectAsync(mqttUrl, { clientId: 'bench-probe' });
  const latenciesMs: number[] = [];
  for (let number = 0; Date.now() < endAtMs; number++) {
    const assetIndex = (number * ASSET_STEP) % ASSETS;
    const assetId = assetIdOf(assetIndex);
    const sentAtMs = Date.now();
    const payload = readingJson(assetIndex, number, sentAtMs);
    await client.publishAsync(topicOf(assetId, SOURCE), payload, { qos: 1 });
    while (!(await stands(twins, assetId, sentAtMs, number))) {
      if (Date.now() - sentAtMs > ARRIVAL_MAX_MS) throw new Error(`a probe of ${assetId} is not in its twin yet`);
      await delay(POLL_MS);
    }
    latenciesMs.push(Date.now() - sentAtMs);
  }
  await client.endAsync();
  return { latenciesMs };
}

async function stands(twins: TwinStore, assetId: string, observedAtMs: number, number: number): Promise<boolean> {
  const stored = (await twins.read([assetId])).get(assetId);
  const stamp = BigInt(observedAtMs) * 1_000_000n + BigInt(number);
  return stored?.twin.registers.get('pm25')?.get(SOURCE)?.stamp === stamp;
}
