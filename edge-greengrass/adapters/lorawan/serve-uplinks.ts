import { parentPort, workerData } from 'node:worker_threads';
import type { CityConfig } from '../../../core/schema/city-config.ts';
import { openCodecs } from '../../../uplinks/open-codecs.ts';
import { uplinkMemory } from '../../../uplinks/uplink-memory.ts';
import { readUplink, type UplinkMessage } from './read-uplink.ts';

/** Devices of which the last uplink is remembered. */
const DEVICES_MAX = 10_000;

/** What the thread is started with. */
export interface UplinkThreadData {
  readonly city: CityConfig;
  /** The folder of codecs, a `file:` URL that ends with a slash. */
  readonly codecs: string;
}

/** Decodes uplinks in this thread, one after the other; says `ready` first. */
export async function serveUplinks(): Promise<void> {
  const { city, codecs } = workerData as UplinkThreadData;
  const ports = {
    codecs: await openCodecs(codecs),
    uplinks: uplinkMemory(DEVICES_MAX),
    schemas: { find: () => undefined },
  };
  parentPort?.on('message', (uplink: UplinkMessage) => {
    parentPort?.postMessage(readUplink(uplink, city, ports));
  });
  parentPort?.postMessage('ready');
}
