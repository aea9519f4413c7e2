import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import type { Observation } from '../../../core/observation.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import { ASSETS_MAX, createLocalTwins, type LocalTwins } from '../../../edge-greengrass/twins/local-twins.ts';
import { openTwinKeeper } from '../../../edge-greengrass/twins/twin-keeper.ts';
import { observationOf } from './observation.ts';

const city = validateCityConfig(config);
const NOW_MS = Date.UTC(2026, 10, 21, 8);
let directory: string;
let file: string;
const closers: (() => Promise<unknown> | void)[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-twins-'));
  file = path.join(directory, 'twins.ndjson');
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await rm(directory, { recursive: true, force: true });
});

function observation(assetId: string, number: number, loopCount: number): Observation {
  return observationOf(assetId, loopCount, NOW_MS + number);
}

function twinsWith(assetId: string, loopCount: number, number = 0): LocalTwins {
  const twins = createLocalTwins(city);
  twins.merge(observation(assetId, number, loopCount));
  return twins;
}

async function keeper(redisUrl?: string) {
  const lines: string[] = [];
  const opened = await openTwinKeeper({ file, redisUrl, thing: 'gw', log: (line) => lines.push(line) });
  closers.push(() => opened.close());
  return { keeper: opened, lines };
}

/** A Redis as far as a client that pings, gets and sets sees one (RESP, redis.io/docs/reference/protocol-spec). */
async function startRedis() {
  const values = new Map<string, string>();
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let unread = '';
    socket.on('data', (chunk) => {
      unread += chunk.toString('latin1');
      for (;;) {
        const [taken, words] = commandIn(unread);
        if (taken === 0) return;
        unread = unread.slice(taken);
        socket.write(answerTo(words, values));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  closers.push(stop);
  return { url: `redis://127.0.0.1:${address.port}`, values, stop };
}

/** Of `*2\r\n$3\r\nGET\r\n$1\r\nk\r\n`: how long it is, and its words. */
function commandIn(text: string): [taken: number, words: string[]] {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (!head) return [0, []];
  let at = head[0].length;
  const words: string[] = [];
  for (let word = 0; word < Number(head[1]); word++) {
    const length = /^\$(\d+)\r\n/.exec(text.slice(at));
    if (!length) return [0, []];
    const from = at + length[0].length;
    at = from + Number(length[1]) + 2;
    if (at > text.length) return [0, []];
    words.push(text.slice(from, at - 2));
  }
  return [at, words];
}

function answerTo([name = '', key = '', value = '']: string[], values: Map<string, string>): string {
  if (name.toUpperCase() === 'PING') return '+PONG\r\n';
  if (name.toUpperCase() === 'SET') {
    values.set(key, value);
    return '+OK\r\n';
  }
  if (name.toUpperCase() === 'GET') {
    const kept = values.get(key);
    return kept === undefined ? '$-1\r\n' : `$${Buffer.byteLength(kept, 'latin1')}\r\n${kept}\r\n`;
  }
  return name.toUpperCase() === 'INFO' ? '$0\r\n\r\n' : '+OK\r\n';
}

describe('local twins', () => {
  it('are kept in a file, and come back with the place that they reach', async () => {
    const twins = twinsWith('int-01', 5);
    const first = await keeper();
    expect(first.keeper.storeName()).toBe('a file');
    await first.keeper.keep({ twins: twins.all(), upTo: { critical: 17n } });
    const [snapshot] = await (await keeper()).keeper.recover();
    expect(snapshot?.upTo).toEqual({ critical: 17n });
    const recovered = createLocalTwins(city);
    recovered.join(snapshot?.twins ?? []);
    expect(recovered.all()).toEqual(twins.all());
  });

  it('join with what was kept: neither loses anything', async () => {
    const twins = twinsWith('int-01', 5, 1000);
    twins.join(twinsWith('int-01', 4, 0).all());
    twins.join(twinsWith('int-02', 1).all());
    expect(twins.resolve('int-01', NOW_MS)?.attributes.get('loopCount')?.value).toBe(5);
    expect(twins.resolve('int-02', NOW_MS)?.attributes.get('loopCount')?.value).toBe(1);
    expect(twins.resolve('int-03', NOW_MS)).toBeUndefined();
  });

  it('begin anew where the file is torn, and say so', async () => {
    const first = await keeper();
    await first.keeper.keep({ twins: twinsWith('int-01', 5).all(), upTo: {} });
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.slice(0, -10));
    const second = await keeper();
    expect(await second.keeper.recover()).toEqual([]);
    expect(second.lines).toEqual([expect.stringContaining('not readable')]);
  });

  it('are kept in Redis where one answers, and in the file once it does not', async () => {
    const redis = await startRedis();
    const { keeper: kept, lines } = await keeper(redis.url);
    expect(kept.storeName()).toContain('Redis');
    await kept.keep({ twins: twinsWith('int-01', 5).all(), upTo: {} });
    expect([...redis.values.keys()]).toEqual(['cityweave:twins:gw']);
    expect(await (await keeper(redis.url)).keeper.recover()).toHaveLength(1);
    await redis.stop();
    await kept.keep({ twins: twinsWith('int-01', 6).all(), upTo: {} });
    await kept.keep({ twins: twinsWith('int-01', 7).all(), upTo: {} });
    expect(kept.storeName()).toBe('a file');
    expect(lines).toEqual([expect.stringContaining('no longer answers')]);
    expect(await readFile(file, 'utf8')).toContain('"value":7');
  });

  it('are kept in the file where no Redis answers, and say so', async () => {
    const { keeper: kept, lines } = await keeper('redis://127.0.0.1:1');
    expect(kept.storeName()).toBe('a file');
    expect(lines).toEqual([expect.stringContaining('no Redis answers at redis://127.0.0.1:1')]);
  });

  it('are of so many assets at most', () => {
    const twins = createLocalTwins(city);
    for (let each = 0; each < ASSETS_MAX; each++) expect(twins.merge(observation(`a-${each}`, 0, 1))).toBe(true);
    expect(twins.merge(observation('one-too-many', 0, 1))).toBe(false);
    expect(twins.merge(observation('a-0', 1, 2))).toBe(true);
  });
});
