import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { CodecRequest, CodecThreadData } from './codec-runner.ts';
import { openCodecs } from './open-codecs.ts';

/** Runs codecs in this thread, which was started for it: whoever asks ends it where a codec does not come to an end. */
export async function serveCodecs(): Promise<void> {
  const { codecs: folder, port, turn } = workerData as CodecThreadData & { readonly port: MessagePort };
  const codecs = await openCodecs(folder);
  parentPort?.on('message', ({ file, uplink }: CodecRequest) => {
    port.postMessage(codecs.run(file, uplink));
    passTurn();
  });
  passTurn();

  /** Who asked sleeps until it is its turn again. */
  function passTurn(): void {
    Atomics.store(turn, 0, 1);
    Atomics.notify(turn, 0);
  }
}
