import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Runs `start` on a directory that is not a local cloud's, so that it gives up, and then asks threads for the time. */
const PROGRAM = `
  import { Worker } from 'node:worker_threads';
  const { startCommand } = await import(process.argv[1]);
  const start = startCommand().parseAsync(['--data', process.argv[2], '--port-base', '0'], { from: 'user' });
  await start.catch((error) => console.log(error.message.split(':')[0]));
  new Worker('console.log(new Date(0).getTimezoneOffset())', { eval: true, env: { TZ: ':UTC' } });
`;

it('gives functions, which are threads, the time zone of Lambda', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'cityweave-time-zone-'));
  await writeFile(path.join(directory, 'letter.txt'), 'not ours');
  const command = new URL('../../../bin/commands/start.ts', import.meta.url).href;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', PROGRAM, command, directory],
    { env: { ...process.env, TZ: 'America/New_York' } },
  );
  expect(stdout.trim().split('\n')).toEqual([`--data ${directory} is no data directory of a local cloud`, '0']);
  await rm(directory, { recursive: true });
});
