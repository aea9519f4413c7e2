import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const GIVEN = new URL('./config/edge_gateway_v3.yaml', import.meta.url);
const TEST_MAX_MS = 60_000;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-edge-main-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** How `npm run edge` ends with these options, and what it says before it does. */
function edge(...options: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const command = ['edge-greengrass/main.ts', '--data', path.join(directory, randomUUID()), ...options];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: REPOSITORY }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

async function configFile(name: string, change: (given: string) => string): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, change(await readFile(GIVEN, 'utf8')));
  return file;
}

describe('the component', () => {
  it.concurrent.for<[string, () => Promise<readonly string[]>, RegExp, RegExp]>([
    ['without a configuration', async () => [], /^$/, /^edge: no configuration: give --config FILE/],
    [
      'with a configuration that is broken',
      async () => ['--config', await configFile('broken.yaml', (given) => given.replace('fps: 30', 'fps: -1'))],
      /^line \d+: edge_gateway_v3\.sensors\.cameras\[0\]\.fps: got -1, expected .*$/m,
      /^edge: no good configuration/,
    ],
    [
      'in a zone that the city does not have',
      async () => ['--config', await configFile('zone.yaml', (given) => given.replace('downtown_alpha', 'atlantis'))],
      /./,
      /^edge: zone: got "atlantis", expected one of centre/,
    ],
    ['with an option that there is not', async () => ['--fast'], /^$/, /^error: unknown option '--fast'$/m],
  ])('%s ends with 1 and one line', { timeout: TEST_MAX_MS }, async ([, optionsOf, stdout, stderr]) => {
    const ended = await edge(...(await optionsOf()));
    expect(ended).toEqual({ code: 1, stdout: expect.stringMatching(stdout), stderr: expect.stringMatching(stderr) });
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  });
});
