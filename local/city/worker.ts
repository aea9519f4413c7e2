/** The simulated city in a thread of its own, so that its work is not the local cloud's. */
import { parentPort, workerData } from 'node:worker_threads';
import config from '../../cityweave.config.ts';
import { startCity } from './city.ts';

const { mqttUrl, seed } = workerData as { mqttUrl: string; seed: number };
const city = await startCity({ mqttUrl, seed, config });
parentPort?.postMessage({ devices: city.devices, assets: city.assets });
