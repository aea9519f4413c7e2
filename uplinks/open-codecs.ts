import { readFileSync } from 'node:fs';
import { newQuickJSWASMModuleFromVariant, RELEASE_SYNC } from 'quickjs-emscripten';
import type { CodecRunner, DecodedUplink, Uplink } from '../core/ports.ts';
import { refuse, type Refusal } from '../core/reason.ts';
import { runCodec } from './quickjs-codec.ts';

/**
 * Runs codecs in this very thread, which must be one that somebody ends where a codec does not come to an end.
 *
 * @param folder of codecs, a `file:` URL that ends with a slash
 */
export async function openCodecs(folder: string): Promise<CodecRunner> {
  const quickjs = await newQuickJSWASMModuleFromVariant(RELEASE_SYNC);
  const sources = new Map<string, string>();

  // The engine compiles itself at its first run, which must not count against a codec.
  answer('function decodeUplink() { return { data: {} }; }', {
    bytes: new Uint8Array(),
    fPort: 0,
    recvTimeMs: 0,
    variables: {},
  });
  return {
    run(file, uplink) {
      let source = sources.get(file);
      if (source === undefined) {
        try {
          source = readFileSync(new URL(file, folder), 'utf8');
        } catch {
          return refuse('processing-failed', `codec ${file} is not in the folder of codecs`);
        }
        sources.set(file, source);
      }
      return answer(source, uplink);
    },
  };

  function answer(source: string, uplink: Uplink): DecodedUplink | Refusal {
    return runCodec(quickjs, source, uplink, () => {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1000;
    });
  }
}
