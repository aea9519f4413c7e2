import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** The same city at every start. */
const SEED = 1;

interface Population {
  readonly devices: number;
  readonly assets: number;
}

/** Starts the simulated city in a thread of its own, as devices that only have MQTT. Gives what ends it. */
export async function startSimulatedCity(mqttUrl: string, log: (line: string) => void): Promise<() => Promise<void>> {
  const worker = new Worker(new URL('../city/worker.ts', import.meta.url), { workerData: { mqttUrl, seed: SEED } });
  const [population]: Population[] = await once(worker, 'message');
  worker.on('error', (error) => log(`the simulated city stopped: ${error.stack ?? error.message}`));
  log(`simulated city: ${population?.devices} devices report on ${population?.assets} assets`);
  return async () => {
    await worker.terminate();
  };
}
