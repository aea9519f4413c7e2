/** Reviews as operators handle them: what the commands ask of the API, and what they print. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { retireCommand } from '../../../bin/commands/retire.ts';
import { reviewsCommand } from '../../../bin/commands/reviews.ts';
import { settleCommand } from '../../../bin/commands/settle.ts';

const DAY_MS = 86_400_000;

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly key: string | string[] | undefined;
  readonly body: Record<string, unknown> | undefined;
}

let server: Server;
let apiUrl: string;
const asked: Asked[] = [];
let answer: object = {};

beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method, url, headers } = request;
      const json = body ? (JSON.parse(body) as Record<string, unknown>) : undefined;
      asked.push({ method, url, key: headers['idempotency-key'], body: json });
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => void asked.splice(0));

const COMMANDS = { reviews: reviewsCommand, settle: settleCommand, retire: retireCommand };

/** In this process, because to start one takes seconds where much else runs. */
async function cityweave(name: keyof typeof COMMANDS, ...words: readonly string[]) {
  let out = '';
  const written = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    out += String(chunk);
    return true;
  });
  const command = COMMANDS[name]()
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  try {
    await command.parseAsync([...words, '--api-url', apiUrl, '--token', 'a.b.c'], { from: 'user' });
    return { out, err: '' };
  } catch (error) {
    return { out, err: error instanceof Error ? error.message : String(error) };
  } finally {
    written.mockRestore();
  }
}

const settled = {
  assetId: 'junction-12',
  attribute: 'signalState',
  authority: 'operator/ann',
  value: 'stop-And-Remain',
  validUntil: '2020-01-02T03:04:05.000Z',
  distrusted: ['lamp-monitor-12'],
};

describe('reviews', () => {
  const review = {
    id: 'c69ac78e',
    assetId: 'junction-12',
    attribute: 'signalState',
    openedAt: '2020-01-02T03:04:05.000Z',
    value: 'stop-Then-Proceed',
    flags: ['disagreeing', 'fail-safe'],
    says: [
      { source: 'camera', value: 'dark' },
      { source: 'controller\u001b[2J', value: 'stop-And-Remain' },
    ],
  };

  it('lists what is open, one line each', async () => {
    const silent = { ...review, id: 'eeee', value: 'dark', flags: [] };
    answer = { reviews: [review, { ...review, id: 'ffff', flags: ['decided'] }, silent], cursor: 'more' };
    const { out, err } = await cityweave('reviews', '--limit', '2');
    expect([err, asked[0]?.url]).toEqual(['', '/v1/reviews?limit=2']);
    expect(out).toContain('c69ac78e  junction-12  signalState  2020-01-02 03:04  stop-Then-Proceed (fail-safe)');
    expect(out).toContain('stop-Then-Proceed (decided)');
    expect(out).toMatch(/eeee .* dark +camera: dark/);
    expect(out).toContain('camera: dark, controller\\u001b[2J: stop-And-Remain');
    expect(out).toContain('there are more');
  });

  it('says so where nothing is, and prints JSON where that is wanted', async () => {
    answer = { reviews: [], cursor: null };
    expect(await cityweave('reviews')).toEqual({ out: 'no disagreement is open\n', err: '' });
    expect(JSON.parse((await cityweave('reviews', '--json')).out)).toEqual(answer);
  });
});

describe('settle', () => {
  it('sends a decision under a key of its own', async () => {
    answer = settled;
    const words = ['c69a', '--value', 'stop-And-Remain', '--for', '10m', '--reason', 'seen by camera 4'];
    const { out, err } = await cityweave('settle', ...words);
    expect(out).toBe(
      'junction-12 signalState: stop-And-Remain until 2020-01-02 03:04, decided by operator/ann, ' +
        'and lamp-monitor-12 distrusted\n',
    );
    await cityweave('settle', ...words);
    const [first, second] = asked;
    expect(err).toBe('');
    expect(first).toMatchObject({ method: 'POST', url: '/v1/reviews/c69a/settle' });
    expect(first?.body).toEqual({ value: 'stop-And-Remain', validForMs: 600_000, reason: 'seen by camera 4' });
    expect(first?.key).toMatch(/^[0-9a-f-]{36}$/);
    expect(second?.key).not.toBe(first?.key);
  });

  it('distrusts sources until a time', async () => {
    answer = settled;
    const beforeMs = Date.now();
    await cityweave('settle', 'c69a', '--value', 'dark', '--distrust', 'a', 'gw/b', '--until', '1d');
    const distrust = asked[0]?.body?.['distrust'] as { source: string; until: string }[];
    expect(distrust.map(({ source }) => source)).toEqual(['a', 'gw/b']);
    for (const { until } of distrust) {
      expect(Date.parse(until)).toBeGreaterThanOrEqual(beforeMs + DAY_MS);
      expect(Date.parse(until)).toBeLessThanOrEqual(Date.now() + DAY_MS);
    }
  });

  it.each([
    ['61', 61],
    ['true', true],
    ['"61"', '61'],
    ['null', 'null'],
    ['{}', '{}'],
  ])('sends the value %s as %j', async (word, value) => {
    answer = settled;
    await cityweave('settle', 'c69a', '--value', word);
    expect(asked[0]?.body).toEqual({ value });
  });

  it.each([
    [['--value', 'dark', '--distrust', 'a'], '--distrust and --until go together'],
    [['--value', 'dark', '--until', '1d'], '--distrust and --until go together'],
    [['--value', 'dark', '--for', '10'], 'Expected a duration such as 90s, 10m, 2h or 1d'],
    [['--value', 'dark', '--for', '0m'], 'Expected a duration'],
    [['--value', ''], 'Expected a value'],
    [[], '--value'],
  ])('refuses %j in one line', async (words, complaint) => {
    const { err } = await cityweave('settle', 'c69a', ...words);
    expect([err.split('\n').length, asked.length]).toEqual([1, 0]);
    expect(err).toContain(complaint);
  });
});

describe('retire', () => {
  it('names the source by one part of the path, whatever it is called', async () => {
    answer = { assetId: 'junction-12', source: 'gw-1/camera', floor: '1' };
    const { out, err } = await cityweave('retire', 'junction-12', 'gw-1/camera');
    expect([err, asked[0]?.method, asked[0]?.url]).toEqual([
      '',
      'POST',
      '/v1/twins/junction-12/sources/gw-1%2Fcamera/retire',
    ]);
    expect(out).toBe('junction-12: gw-1/camera is retired; what it says from now on counts again\n');
  });
});
