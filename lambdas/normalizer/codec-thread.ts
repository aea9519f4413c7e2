/** Runs codecs away from the normalizer, which ends this thread where a codec does not come to an end. */

import { readFileSync } from 'node:fs';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { newQuickJSWASMModuleFromVariant, RELEASE_SYNC } from 'quickjs-emscripten';
import { refuse, type Refusal } from '../../core/reason.ts';
import type { DecodedUplink } from '../../core/ports.ts';
import type { CodecRequest, CodecThreadData } from '../shared/codec-runner.ts';
import { runCodec } from '../shared/quickjs-codec.ts';

const { codecs, port, turn } = workerData as CodecThreadData & { readonly port: MessagePort };
const sources = new Map<string, string>();

const quickjs = await newQuickJSWASMModuleFromVariant(RELEASE_SYNC);
// The engine compiles itself at its first run, which must not count against a codec.
answer('function decodeUplink() { return { data: {} }; }', {
  bytes: new Uint8Array(),
  fPort: 0,
  recvTimeMs: 0,
  variables: {},
});
parentPort?.on('message', ({ file, uplink }: CodecRequest) => {
  port.postMessage(run(file, uplink));
  passTurn();
});
passTurn();

function run(file: string, uplink: CodecRequest['uplink']): DecodedUplink | Refusal {
  let source = sources.get(file);
  if (source === undefined) {
    try {
      source = readFileSync(new URL(file, codecs), 'utf8');
    } catch {
      return refuse('processing-failed', `codec ${file} is not in the folder of codecs`);
    }
    sources.set(file, source);
  }
  return answer(source, uplink);
}

function answer(source: string, uplink: CodecRequest['uplink']): DecodedUplink | Refusal {
  return runCodec(quickjs, source, uplink, () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  });
}

/** The normalizer sleeps until it is its turn again. */
function passTurn(): void {
  Atomics.store(turn, 0, 1);
  Atomics.notify(turn, 0);
}
