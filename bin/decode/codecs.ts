import { readFileSync } from 'node:fs';
import type { CodecRunner } from '../../core/ports.ts';
import { refuse } from '../../core/reason.ts';
import { runCodec } from '../../uplinks/quickjs-codec.ts';

const CODECS = new URL('../../codecs/', import.meta.url);

/** Runs the city's codecs in this process: who waits for one that does not end has a keyboard to end it with. */
export async function codecRunner(): Promise<CodecRunner> {
  const { newQuickJSWASMModuleFromVariant, RELEASE_SYNC } = await import('quickjs-emscripten');
  const quickjs = await newQuickJSWASMModuleFromVariant(RELEASE_SYNC);
  const cpuMs = (): number => process.cpuUsage().user / 1000;
  const run: CodecRunner['run'] = (file, uplink) => {
    try {
      return runCodec(quickjs, readFileSync(new URL(file, CODECS), 'utf8'), uplink, cpuMs);
    } catch {
      return refuse('processing-failed', `codec ${file} is not in the folder of codecs`);
    }
  };
  // The engine compiles itself at its first run, which must not count against a codec.
  runCodec(
    quickjs,
    'function decodeUplink() { return { data: {} }; }',
    { bytes: new Uint8Array(), fPort: 0, recvTimeMs: 0, variables: {} },
    () => 0,
  );
  return { run };
}
