import { setTimeout as delay } from 'node:timers/promises';
import type { TwinStore } from '../../core/ports.ts';
import { SOURCE } from '../support/workload.ts';
import { lastStamps, type Ledger } from './ledger.ts';

const POLL_MS = 100;
const ARRIVAL_MAX_MS = 300_000;

/** Waits until the last acknowledged reading of every asset stands in its twin. Returns when that was. */
export async function allInTwins(twins: TwinStore, ledger: Ledger): Promise<number> {
  const endMs = Date.now() + ARRIVAL_MAX_MS;
  const missing = lastStamps(ledger);
  while (missing.size > 0) {
    // One at a time while it is missing, then all the others at once: asking costs the cloud what is being measured.
    const [next] = missing.keys();
    if (next !== undefined && (await dropArrived(twins, missing, [next]))) {
      await dropArrived(twins, missing, [...missing.keys()]);
    } else if (Date.now() > endMs) {
      throw new Error(`${missing.size} twins lack readings that were acknowledged long ago`);
    } else {
      await delay(POLL_MS);
    }
  }
  return Date.now();
}

/** Takes those of `assetIds` from `missing` that have arrived. Returns whether there were any. */
async function dropArrived(twins: TwinStore, missing: Map<string, bigint>, assetIds: string[]): Promise<boolean> {
  const stored = await twins.read(assetIds);
  const arrived = assetIds.filter((assetId) => {
    const standing = stored.get(assetId)?.twin.registers.get('pm25')?.get(SOURCE)?.stamp ?? 0n;
    return standing >= (missing.get(assetId) ?? 0n);
  });
  for (const assetId of arrived) missing.delete(assetId);
  return arrived.length > 0;
}
