import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Aedes } from 'aedes';
import { afterEach, describe, expect, it } from 'vitest';
import { startSimulatedGateway } from '../../../local/startup/simulated-gateway.ts';

const START_MAX_MS = 60_000;
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

describe('the gateway of the simulated city', () => {
  it(
    'sends frames under its own name, and is gone soon after it was told',
    async () => {
      const broker = await Aedes.createBroker();
      const server = createServer(broker.handle);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      closers.push(
        () =>
          new Promise((resolve) => {
            broker.close(() => server.close(resolve));
          }),
      );
      const directory = await mkdtemp(path.join(tmpdir(), 'cityweave-cabinet-'));
      closers.push(() => rm(directory, { recursive: true, force: true }));

      const topics = new Set<string>();
      const things = new Set<string>();
      broker.on('publish', ({ topic }, client) => {
        if (!client) return;
        topics.add(topic);
        things.add(client.id);
      });
      const lines: string[] = [];
      const { port } = server.address() as AddressInfo;
      const stop = startSimulatedGateway(`mqtt://127.0.0.1:${port}`, directory, (line) => lines.push(line));
      closers.push(stop);

      const frames = ['critical', 'ingest'].map(
        (rule) => `$aws/rules/cityweave_${rule}/dt/downtown_alpha/gateway/int-01-cabinet/frames`,
      );
      await expect.poll(() => [...topics].toSorted(), { timeout: START_MAX_MS }).toEqual(frames);
      expect([...things]).toEqual(['int-01-cabinet']);
      expect(lines.some((line) => line.startsWith('edge gateway: ready: int-01-cabinet'))).toBe(true);

      const startedMs = performance.now();
      await stop();
      expect(performance.now() - startedMs).toBeLessThan(5000);
      expect(lines.some((line) => line.includes('ended with'))).toBe(false);
    },
    2 * START_MAX_MS,
  );
});
