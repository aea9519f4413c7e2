/** The commands as people run them: what they print, where, and how they end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const ASKING = ['twin', 'explain', 'history', 'rejects', 'replay', 'reviews', 'settle', 'retire'] as const;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function cityweave(words: readonly string[], cwd = REPOSITORY): Promise<Ended> {
  const run = spawn(process.execPath, ['bin/cityweave.ts', ...words], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(run, 'close') as Promise<[number | null]>;
  const [out, err, [code]] = await Promise.all([text(run.stdout), text(run.stderr), exited]);
  return { code, out, err };
}

let directory = '';
let server: Server;
/** What was asked, and what is answered next. */
const asked: { url: string; authorization: string | undefined }[] = [];
let answer: { status: number; body: unknown } = { status: 200, body: {} };

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-commands-'));
  server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', authorization: request.headers.authorization });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await mkdir(path.join(directory, 'data'));
  const addresses = { mqtt: 'mqtt://127.0.0.1:9', aws: 'http://127.0.0.1:9', http: `http://127.0.0.1:${port}` };
  await writeFile(path.join(directory, 'data', 'addresses.json'), JSON.stringify(addresses));
  await writeFile(path.join(directory, 'data', 'token'), 'a.b.c\n');
});
afterAll(async () => {
  server?.close();
  await rm(directory, { recursive: true, force: true });
});

const data = () => ['--data', path.join(directory, 'data')];

describe('a command', () => {
  it.each(ASKING)('%s explains its options', async (command) => {
    const { code, out } = await cityweave([command, '--help']);
    expect(code).toBe(0);
    for (const option of ['--data', '--api-url', '--token', '--json', '--help']) expect(out).toContain(option);
  });

  it('finds the local cloud by its data directory, whatever its ports, and shows a twin', async () => {
    answer = {
      status: 200,
      body: {
        assetId: 'lotA-17',
        assetType: 'ParkingSpot',
        zone: 'eastside',
        version: 3,
        attributes: {
          status: {
            value: 'occupied',
            observedAt: '2026-11-21T08:00:00.000Z',
            sources: ['s'],
            quality: 'good',
            flags: [],
          },
          faults: {
            value: ['lamp', 'loop'],
            observedAt: '2026-11-21T08:00:00.000Z',
            sources: ['s', 't'],
            quality: 'uncertain',
            flags: ['disagreeing', 'fail-safe'],
          },
        },
        clocks: { s: { state: 'ahead', offsetMs: 180_000 } },
      },
    };
    const { code, out } = await cityweave(['twin', 'lotA-17', ...data()]);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'lotA-17  ParkingSpot in eastside, version 3',
      '',
      'attribute  value       unit  observed at               quality                                       sources',
      'status     occupied          2026-11-21T08:00:00.000Z  good                                          s',
      'faults     lamp, loop        2026-11-21T08:00:00.000Z  uncertain: sources disagree, fail-safe value  s, t',
      '',
      'clock of s: ahead by 3 min at least',
      '',
    ]);
    expect(asked.at(-1)).toEqual({ url: '/v1/twins/lotA-17', authorization: 'Bearer a.b.c' });
  });

  it('explains a twin to whoever reads its output, and asks for one attribute where one is named', async () => {
    const explained = { history: 'not-kept', clocks: {}, attributes: {} };
    answer = {
      status: 200,
      body: { assetId: 'lotA-17', assetType: 'ParkingSpot', zone: 'eastside', version: 3, nowMs: 0, ...explained },
    };
    const { code, out } = await cityweave(['explain', 'lotA-17', '--attribute', 'status', ...data()]);
    expect([code, out]).toEqual([
      0,
      'lotA-17  ParkingSpot in eastside, version 3, at 1970-01-01 00:00:00 UTC\n\n' +
        'This deployment keeps no history, so what stood before is not shown.\n',
    ]);
    expect(asked.at(-1)?.url).toBe('/v1/twins/lotA-17/explain?attribute=status');
  });

  it('prints the API’s answer with --json, and nothing else', async () => {
    answer = { status: 200, body: { rejects: [], cursor: null } };
    const { code, out, err } = await cityweave(['rejects', '--reason', 'malformed', '--json', ...data()]);
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toEqual(answer.body);
    expect(asked.at(-1)?.url).toBe('/v1/rejects?reason=malformed&limit=50');
  });

  it('ends in peace when whoever reads its output has enough', async () => {
    answer = { status: 200, body: { rejects: [], cursor: 'x'.repeat(1_000_000) } };
    const words = ['bin/cityweave.ts', 'rejects', '--json', ...data()];
    const run = spawn(process.execPath, words, { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'pipe'] });
    run.stdout.once('data', () => run.stdout.destroy());
    const exited = once(run, 'close');
    expect(await text(run.stderr)).toBe('');
    expect(await exited).toEqual([0, null]);
  });

  it('says in one line what the API refused, and ends with 1', async () => {
    answer = { status: 404, body: { title: 'Not Found', detail: 'no twin "nobody": nothing has been reported' } };
    expect(await cityweave(['twin', 'nobody', ...data()])).toEqual({
      code: 1,
      out: '',
      err: 'cityweave: 404: no twin "nobody": nothing has been reported\n',
    });
  });

  it.each([
    [['twin', 'x', '--data', 'nowhere'], /^cityweave: no token at nowhere.token: start the local cloud with npm start/],
    [
      ['twin', 'x', '--data', 'nowhere', '--token', 't'],
      /^cityweave: no local cloud runs on nowhere: start one with npm start, or name its directory with --data\n$/,
    ],
    [
      ['twin', 'x', '--token', 't', '--api-url', 'http://127.0.0.1:9'],
      /^cityweave: no answer from http:\/\/127\.0\.0\.1:9: if that is a local cloud, start it with npm start\n$/,
    ],
    [
      ['watch', '--zone', 'nowhere'],
      /^cityweave: --zone: got "nowhere", expected one of centre, .* \(cityweave\.config\.ts\)\n$/,
    ],
    [['twin'], /^error: missing required argument 'id'\n$/],
    [['history', 'x'], /^error: required option '--attribute <name>' not specified\n$/],
    [['replay', 'f'], /^error: required option '--mapping <name>' not specified\n$/],
    [['replay', 'f', '--mapping', 'm', '--field', 'x'], /argument 'x' is invalid\. expected name=value\.\n$/],
    [
      ['replay', 'f', '--mapping', 'm', '--speed', '0'],
      /argument '0' is invalid\. expected a positive number, or max\.\n$/,
    ],
    [
      ['replay', 'f', '--mapping', 'constructor'],
      /^cityweave: --mapping: got "constructor", expected one of parking-birmingham, /,
    ],
    [['replay', 'no-such-file', '--mapping', 'parking-birmingham'], /^cityweave: no-such-file: no such file\n$/],
    [['replay', 'f', '--mapping', 'parking-sensor'], /^cityweave: mapping "parking-sensor" is for messages/],
    [['twin', 'x', '--port-base', '1'], /^error: unknown option '--port-base'\n$/],
    [['twins'], /^error: unknown command 'twins' \(Did you mean twin\?\)\n$/],
  ])('%j ends with 1 and one line', async (words, line) => {
    const { code, out, err } = await cityweave(words);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(line);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});

describe('a slip in cityweave.config.ts', () => {
  let copy = '';
  beforeAll(async () => {
    copy = path.join(directory, 'copy');
    for (const part of ['bin', 'core', 'lambdas', 'lib', 'local', 'package.json']) {
      await cp(path.join(REPOSITORY, part), path.join(copy, part), { recursive: true });
    }
    await symlink(path.join(REPOSITORY, 'node_modules'), path.join(copy, 'node_modules'));
  });

  it.each([
    [
      'broken syntax',
      'export default {\n  city: "x"\n  zones: 3,\n};\n',
      /^cityweave: cityweave\.config\.ts:3: Expected ','/,
    ],
    [
      'a name that is not there',
      'export default {\n  city: nobody };\n',
      /^cityweave: cityweave\.config\.ts:2: nobody is not/,
    ],
    ['a wrong value', 'export default { city: 3 };\n', /^cityweave: .*city/],
  ])('(%s) is one line for the command that needs it, and nothing to the others', async (_, content, line) => {
    await writeFile(path.join(copy, 'cityweave.config.ts'), content);
    const replay = await cityweave(['replay', 'package.json', '--mapping', 'm'], copy);
    expect(replay.code).toBe(1);
    expect(replay.err).toMatch(line);
    expect(replay.err.trim().split('\n')).toHaveLength(1);
    expect(await cityweave(['--help'], copy)).toMatchObject({ code: 0, err: '' });
    expect(await cityweave(['replay', '--help'], copy)).toMatchObject({ code: 0, err: '' });
  });
});
