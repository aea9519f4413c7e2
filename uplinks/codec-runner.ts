import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { CodecRunner, DecodedUplink, Uplink } from '../core/ports.ts';
import { refuse, type Refusal } from '../core/reason.ts';

/** QuickJS ends what runs in it far earlier. Only its own functions, such as `join` of a long list, never ask it. */
export const CODEC_WALL_MS_MAX = 1000;
/** Node.js starts a thread in a tenth of a second, unless the machine is very busy. */
const THREAD_START_MS_MAX = 20_000;

/**
 * A codec that fails so often in a row is not run for a while: a batch may hold ten thousand of its uplinks, and none of
 * the others should wait for them all to run out of time.
 */
export const FAILURES_IN_A_ROW_MAX = 5;
export const SUSPENSION_MS = 60_000;

/** What the thread is started with. */
export interface CodecThreadData {
  /** The folder of codecs, a `file:` URL that ends with a slash. */
  readonly codecs: string;
  /** One element: 1 when it is the normalizer's turn. */
  readonly turn: Int32Array<SharedArrayBuffer>;
}

export interface CodecRequest {
  readonly file: string;
  readonly uplink: Uplink;
}

interface CodecThread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly turn: Int32Array<SharedArrayBuffer>;
}

/** How a codec fares. */
interface CodecRecord {
  failures: number;
  suspendedUntilMs: number;
}

/**
 * Runs codecs in a thread of their own, one uplink at a time. The caller sleeps meanwhile, because decoding is synchronous,
 * and so notices when it takes too long: the thread then ends and the next uplink gets a new one. The first uplink starts
 * it, so that who has no LoRaWAN pays nothing.
 *
 * @param thread the thread's program, `codec-thread` beside the handler
 * @param codecs the folder of codecs, its URL ending with a slash
 */
export function threadCodecRunner({
  thread,
  codecs,
  nowMs,
}: {
  readonly thread: URL;
  readonly codecs: URL;
  readonly nowMs: () => number;
}): CodecRunner {
  let running: CodecThread | undefined;
  const records = new Map<string, CodecRecord>();

  function runInThread(file: string, uplink: Uplink): DecodedUplink | Refusal {
    running ??= startThread(thread, codecs);
    const { worker, port, turn } = running;
    Atomics.store(turn, 0, 0);
    worker.postMessage({ file, uplink } satisfies CodecRequest);
    if (Atomics.wait(turn, 0, 0, CODEC_WALL_MS_MAX) === 'timed-out') {
      running = undefined;
      void worker.terminate();
      return refuse('processing-failed', `codec ${file} was stopped after ${CODEC_WALL_MS_MAX} ms`);
    }
    return (receiveMessageOnPort(port) as { readonly message: DecodedUplink | Refusal }).message;
  }

  return {
    run(file, uplink) {
      const record = records.get(file) ?? { failures: 0, suspendedUntilMs: 0 };
      records.set(file, record);
      if (nowMs() < record.suspendedUntilMs) {
        return refuse('processing-failed', `codec ${file} is suspended: it failed ${record.failures} times in a row`);
      }
      const outcome = runInThread(file, uplink);
      record.failures = outcome.ok || outcome.reason !== 'processing-failed' ? 0 : record.failures + 1;
      if (record.failures >= FAILURES_IN_A_ROW_MAX) record.suspendedUntilMs = nowMs() + SUSPENSION_MS;
      return outcome;
    },
  };
}

function startThread(program: URL, codecs: URL): CodecThread {
  const turn = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const { port1, port2 } = new MessageChannel();
  const workerData = { codecs: codecs.href, turn, port: port2 } satisfies CodecThreadData & { port: MessagePort };
  const worker = new Worker(program, { workerData, transferList: [port2] });
  worker.unref();
  // One that dies does not answer, which is noticed; unheard, its error would end this process.
  worker.on('error', () => {});
  port1.unref();
  if (Atomics.wait(turn, 0, 0, THREAD_START_MS_MAX) === 'timed-out') {
    void worker.terminate();
    throw new Error(`the thread for codecs, ${program.href}, did not start within ${THREAD_START_MS_MAX} ms`);
  }
  return { worker, port: port1, turn };
}
