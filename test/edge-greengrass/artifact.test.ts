import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { ACCESS_CONTROL, COMPONENT_NAME, FRAMES_TOPIC, startForTest, THING_NAME } from './greengrass/start-for-test.ts';
import { LITE } from './greengrass/nucleus-kind.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const scratch = mkdtempSync(path.join(tmpdir(), 'cityweave-edge-artifact-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Over a cabinet's mobile line; the two native libraries are 5 MB of it. */
const ARCHIVE_BYTES_MAX = 8_000_000;

interface Built {
  readonly version: string;
  readonly archive: Buffer;
  readonly recipe: string;
}

/** As `npm run edge:build` does, in a time zone that is not this machine's. */
async function build(name: string, timeZone: string): Promise<Built> {
  const out = path.join(scratch, name);
  await promisify(execFile)(process.execPath, ['bin/edge-build.ts', '--out', out], {
    cwd: repository,
    env: { PATH: process.env['PATH'], TZ: timeZone },
  });
  const component = path.join(out, 'artifacts', 'cityweave.Gateway');
  const [version = ''] = readdirSync(component);
  return {
    version,
    archive: readFileSync(path.join(component, version, 'cityweave-gateway.zip')),
    recipe: readFileSync(path.join(out, 'recipes/recipe.yaml'), 'utf8'),
  };
}

let built: Built;
let again: Built;
beforeAll(async () => {
  [built, again] = await Promise.all([build('first', 'America/Los_Angeles'), build('second', 'Asia/Tokyo')]);
});

it('is the same, byte for byte, whenever and wherever it is built', () => {
  expect(again.archive.equals(built.archive)).toBe(true);
  expect({ version: again.version, recipe: again.recipe }).toEqual({ version: built.version, recipe: built.recipe });
});

it('holds the bundle, the codecs and the native libraries of two processors, and is small', () => {
  const files = Object.keys(unzipSync(built.archive));
  expect(files.filter((file) => file.endsWith('.node'))).toEqual([
    'dist/bin/linux-arm64-glibc/aws-crt-nodejs.node',
    'dist/bin/linux-x64-glibc/aws-crt-nodejs.node',
  ]);
  expect(files).toContain('component/gateway/main.mjs');
  expect(files).toContain('component/gateway/codec-thread.mjs');
  expect(files).toContain('component/gateway/emscripten-module.wasm');
  expect(files.filter((file) => file.includes('node_modules'))).toEqual([]);
  expect(built.archive.length).toBeLessThan(ARCHIVE_BYTES_MAX);
});

it('has a recipe that says the same version, with keys in the case that nucleus lite wants', () => {
  const recipe = parse(built.recipe);
  expect(recipe).toMatchObject({ ComponentName: COMPONENT_NAME, ComponentVersion: built.version });
  expect(built.version).toMatch(/^0\.1\.\d{1,9}$/);
  expect(recipe.Manifests.map(({ Platform }: { readonly Platform: unknown }) => Platform)).toEqual([
    { os: 'linux', runtime: 'aws_nucleus_lite' },
    { os: 'linux', runtime: '*' },
  ]);
  for (const { Lifecycle, Artifacts } of recipe.Manifests) {
    expect(Object.keys(Lifecycle)).toEqual(['Setenv', 'install', 'run']);
    // Lite interpolates every brace of a script, and knows these variables.
    const scripts = `${Lifecycle.install} ${Lifecycle.run}`;
    const braces = [...scripts.matchAll(/\{([^}]*)\}/g)].map(([, variable]) => variable);
    expect(new Set(braces)).toEqual(new Set(['artifacts:decompressedPath', 'work:path']));
    expect(Artifacts).toEqual([{ Uri: expect.stringMatching(/^s3:.*\/cityweave-gateway\.zip$/), Unarchive: 'ZIP' }]);
  }
});

it('has in its recipe the accessControl that the stand-in of the other tests enforces', () => {
  const { accessControl } = parse(built.recipe).ComponentConfiguration.DefaultConfiguration;
  const rules = (policies: unknown): unknown =>
    Object.entries(policies as typeof ACCESS_CONTROL).map(([service, each]) => [
      service,
      Object.values(each).map(({ operations, resources }) => ({ operations, resources })),
    ]);
  expect(rules(accessControl)).toEqual(rules(ACCESS_CONTROL));
});

/** Another to try beside this one, such as Node 22: the path of its executable. */
const { CITYWEAVE_TEST_OTHER_NODE } = process.env;
const NODES = [
  [`Node ${process.versions.node}`, process.execPath],
  [
    CITYWEAVE_TEST_OTHER_NODE === undefined
      ? 'another Node (skipped: CITYWEAVE_TEST_OTHER_NODE names none)'
      : CITYWEAVE_TEST_OTHER_NODE,
    CITYWEAVE_TEST_OTHER_NODE,
  ],
] as const;

describe.for(NODES)('unpacked where nothing else is, under %s', ([, node]) => {
  it.skipIf(node === undefined)('runs, as its recipe says, until it is told to end', async () => {
    const { nucleus, component, socketPath, broker } = await startForTest(LITE);
    const yaml = readFileSync(new URL('./config/edge_gateway_v3.yaml', import.meta.url), 'utf8');
    nucleus.configure(component.name, { accessControl: ACCESS_CONTROL, ...parse(yaml) });

    const place = mkdtempSync(path.join(scratch, 'device-'));
    const unpacked = path.join(place, 'cityweave-gateway');
    for (const [file, bytes] of Object.entries(unzipSync(built.archive))) {
      const target = path.join(unpacked, file);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, bytes);
    }
    expect(statSync(path.join(unpacked, 'dist'), { throwIfNoEntry: false })).toBeDefined();
    const [{ Lifecycle }] = parse(built.recipe).Manifests;
    const script = String(Lifecycle.run)
      .replaceAll('{artifacts:decompressedPath}', place)
      .replaceAll('{work:path}', path.join(place, 'work/'));

    const run = spawn('sh', ['-c', script], {
      cwd: place,
      env: {
        ...Lifecycle.Setenv,
        PATH: `${path.dirname(node ?? '')}:/usr/bin:/bin`,
        AWS_IOT_THING_NAME: THING_NAME,
        AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT: socketPath,
        SVCUID: component.svcuid,
      },
    });
    onTestFinished(() => void run.kill('SIGKILL'));
    const output: string[] = [];
    run.stdout.on('data', (text) => output.push(String(text)));
    run.stderr.on('data', (text) => output.push(String(text)));
    const exited = new Promise((resolve) => run.once('exit', (code, signal) => resolve({ code, signal })));

    await expect
      .poll(() => output.join(''), { timeout: 20_000 })
      .toMatch(/^ready: .*Greengrass nucleus lite as gw-int-01/m);
    expect(nucleus.state.reported).toEqual(['RUNNING']);
    // Through the bundled SDK, the nucleus's limits and its accessControl to the broker.
    const topics = (): string[] => broker.received.map(({ topic }) => topic.replace('critical', 'ingest'));
    await expect.poll(topics, { timeout: 20_000 }).toContain(FRAMES_TOPIC);
    run.kill('SIGTERM');
    expect(await exited).toEqual({ code: 0, signal: null });
  });
});
