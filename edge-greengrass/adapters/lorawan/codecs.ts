import { Worker } from 'node:worker_threads';
import { refuse, type Refusal } from '../../../core/reason.ts';
import type { CityConfig } from '../../../core/schema/city-config.ts';
import type { DeviceReadings, UplinkMessage } from './read-uplink.ts';
import type { UplinkThreadData } from './serve-uplinks.ts';

/** An uplink takes a millisecond or two; QuickJS ends what runs in it after 50 ms, and only its own functions never ask it. */
export const UPLINK_MS_MAX = 1000;
const THREAD_START_MS_MAX = 20_000;

export interface UplinkDecoder {
  /** Never rejects, and never holds this thread up: a gateway has more urgent things to do. */
  decode(uplink: UplinkMessage, city: CityConfig): Promise<DeviceReadings | Refusal>;
}

/**
 * Vendors' codecs in a thread of their own, which starts with the first uplink, and anew after one that took too long. In a
 * bundle its program and the folder of codecs stand beside it.
 */
export function gatewayCodecs(folder = besideThis('codecs/', '../../../codecs/')): UplinkDecoder {
  let running: Promise<Worker> | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  async function decode(uplink: UplinkMessage, city: CityConfig): Promise<DeviceReadings | Refusal> {
    running ??= startThread({ city, codecs: folder.href });
    try {
      const worker = await running;
      worker.postMessage(uplink);
      return (await answerOf(worker, UPLINK_MS_MAX)) as DeviceReadings | Refusal;
    } catch (error) {
      const worker = await running.catch(() => undefined);
      running = undefined;
      await worker?.terminate();
      return refuse(
        'processing-failed',
        `the codec’s thread: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  return {
    decode(uplink, city) {
      const answer = turn.then(() => decode(uplink, city));
      turn = answer;
      return answer;
    },
  };
}

async function startThread(workerData: UplinkThreadData): Promise<Worker> {
  const worker = new Worker(besideThis('codec-thread.mjs', '../../codec-thread.ts'), { workerData });
  worker.unref();
  // One that dies does not answer, which is noticed; unheard, its error would end this process.
  worker.on('error', () => {});
  await answerOf(worker, THREAD_START_MS_MAX);
  return worker;
}

/** What the thread says next. Rejects where it says nothing for so long, or ends. */
function answerOf(worker: Worker, msMax: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      end();
    };
    const onMessage = (message: unknown): void => settle(() => resolve(message));
    const onError = (error: unknown): void => settle(() => reject(error));
    const onExit = (): void => settle(() => reject(new Error('it ended')));
    const timer = setTimeout(() => settle(() => reject(new Error(`no answer in ${msMax} ms`))), msMax);
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}

function besideThis(inBundle: string, inSource: string): URL {
  return new URL(import.meta.url.endsWith('.ts') ? inSource : inBundle, import.meta.url);
}
