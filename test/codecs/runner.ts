import type { CodecRunner } from '../../core/ports.ts';
import { threadCodecRunner } from '../../uplinks/codec-runner.ts';

const THREAD = new URL('../../lambdas/normalizer/codec-thread.ts', import.meta.url);
const OURS = new URL('../../codecs/', import.meta.url);

/** Runs the codecs of a folder, ours where none is named, as the normalizer does. */
export function runnerOf(codecs = OURS, nowMs: () => number = Date.now): CodecRunner {
  return threadCodecRunner({ thread: THREAD, codecs, nowMs });
}

export const codecRunner = runnerOf();
