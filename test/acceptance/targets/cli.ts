import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sharedAssembly } from '../../setup/shared-assembly.ts';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const READY_MAX_MS = 90_000;

export interface RunningCli {
  readonly mqttUrl: string;
  readonly awsEndpoint: string;
  readonly apiUrl: string;
  readonly token: string;
  /** Ctrl-C. */
  stop(): Promise<void>;
  /** What a power cut does. */
  kill(): Promise<void>;
}

export function temporaryDirectory(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'cityweave-acceptance-'));
}

/** `npx cityweave start` in a process of its own, on free ports and without the simulated city. */
export async function startCli(dataDirectory: string): Promise<RunningCli> {
  const assembly = await sharedAssembly();
  const cli = spawn(
    process.execPath,
    ['bin/cityweave.ts', 'start', '--no-city', '--port-base', '0', '--data', dataDirectory, '--assembly', assembly],
    { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ready = await readyLine(cli);
  return {
    mqttUrl: addressIn(ready, /mqtt:\/\/[\d.:]+\d/),
    awsEndpoint: addressIn(ready, /(?<=AWS APIs )http:\/\/[\d.:]+\d/),
    apiUrl: addressIn(ready, /(?<=HTTP API )http:\/\/[\d.:]+\d/),
    token: (await readFile(path.join(dataDirectory, 'token'), 'utf8')).trim(),
    stop: () => end(cli, 'SIGTERM'),
    kill: () => end(cli, 'SIGKILL'),
  };
}

async function readyLine(cli: ChildProcess & { stdout: NodeJS.ReadableStream | null }): Promise<string> {
  if (!cli.stdout) throw new Error('the local cloud was started without a standard output');
  const overdue = setTimeout(() => cli.kill('SIGKILL'), READY_MAX_MS);
  const seen: string[] = [];
  for await (const line of createInterface({ input: cli.stdout })) {
    seen.push(line);
    if (!line.startsWith('ready')) continue;
    clearTimeout(overdue);
    return line;
  }
  throw new Error(`the local cloud ended before it was ready:\n${seen.join('\n')}`);
}

async function end(cli: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (cli.exitCode !== null || cli.signalCode !== null) return;
  const exited = once(cli, 'exit');
  cli.kill(signal);
  await exited;
}

function addressIn(line: string, pattern: RegExp): string {
  const [address] = pattern.exec(line) ?? [];
  if (!address) throw new Error(`no address like ${pattern} in "${line}"`);
  return address;
}
