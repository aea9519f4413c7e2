import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import config from '../../cityweave.config.ts';
import { threadCodecRunner } from '../../uplinks/codec-runner.ts';
import { bundleFunction } from '../../lib/bundle.ts';

describe('the normalizer’s bundle', () => {
  const directory = bundleFunction('normalizer').path;

  it('has every codec that the configuration names', () => {
    const files = readdirSync(join(directory, 'codecs'));
    expect(files).toEqual(expect.arrayContaining(Object.values(config.lorawan.codecs).map(({ file }) => file)));
  });

  it.each(['normalizer', 'fast-lane'])('loads as far as it can without an environment: %s', async (name) => {
    const handler = pathToFileURL(join(bundleFunction(name).path, 'handler.mjs')).href;
    await expect(import(handler)).rejects.toThrow(/^environment variables missing: /);
  });

  it('runs them with what stands beside it', () => {
    const runner = threadCodecRunner({
      thread: pathToFileURL(join(directory, 'codec-thread.mjs')),
      codecs: pathToFileURL(`${directory}/codecs/`),
      nowMs: Date.now,
    });
    const uplink = { bytes: Uint8Array.of(1), fPort: 1, recvTimeMs: 0, variables: {} };
    const startMs = performance.now();
    const outcomes = Array.from({ length: 20 }, () => runner.run('bosch-tps110.js', uplink));
    const [first] = outcomes;
    expect(first).toEqual({ ok: true, data: { type: 'parking status', occupied: true } });
    expect(outcomes).toEqual(outcomes.map(() => first));
    console.log(`twenty uplinks, the thread’s start among them: ${Math.round(performance.now() - startMs)} ms`);
  });
});
