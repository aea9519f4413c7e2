import { Worker } from 'node:worker_threads';

/** The same city at every start. */
const SEED = 1;

/** What the city's thread tells once all of its devices are connected. */
interface Population {
  readonly devices: number;
  readonly assets: number;
}

/** Starts the simulated city in a thread of its own, as devices that only have MQTT. Gives what ends it. */
export function startSimulatedCity(mqttUrl: string, log: (line: string) => void): () => Promise<void> {
  const worker = new Worker(new URL('../city/worker.ts', import.meta.url), { workerData: { mqttUrl, seed: SEED } });
  worker.once('message', ({ devices, assets }: Population) =>
    log(`simulated city: ${devices} devices report on ${assets} assets`),
  );
  worker.on('error', (error) => log(`the simulated city stopped: ${error.stack ?? error.message}`));
  return async () => {
    await worker.terminate();
  };
}
