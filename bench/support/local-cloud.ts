import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const READY_MAX_MS = 180_000;

/** `npx cityweave start` in a process of its own, as an operator has it. */
export interface LocalCloud {
  readonly pid: number;
  readonly mqttUrl: string;
  readonly awsEndpoint: string;
  /** From the start of the process to its `ready` line. */
  readonly readyMs: number;
  /** Ctrl-C; resolves when the process has ended, with the milliseconds that took. */
  stop(): Promise<number>;
}

/** On free ports and without the simulated city. Throws with what it printed where it ends before it is ready. */
export async function startLocalCloud(dataDirectory: string, nodeOptions: readonly string[] = []): Promise<LocalCloud> {
  const startedMs = performance.now();
  const cloud = spawn(
    process.execPath,
    [...nodeOptions, 'bin/cityweave.ts', 'start', '--no-city', '--port-base', '0', '--data', dataDirectory],
    { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ready = await readyLine(cloud);
  return {
    pid: cloud.pid ?? 0,
    mqttUrl: addressIn(ready, /mqtt:\/\/[\d.:]+\d/),
    awsEndpoint: addressIn(ready, /(?<=AWS APIs )http:\/\/[\d.:]+\d/),
    readyMs: performance.now() - startedMs,
    async stop() {
      const stoppingMs = performance.now();
      const exited = once(cloud, 'exit');
      cloud.kill('SIGTERM');
      await exited;
      return performance.now() - stoppingMs;
    },
  };
}

/** Gives `work` an empty directory, and removes it afterwards. */
export async function withTemporaryDirectory<Result>(work: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(path.join(tmpdir(), 'cityweave-bench-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function readyLine(cloud: ChildProcess & { stdout: NodeJS.ReadableStream }): Promise<string> {
  const overdue = setTimeout(() => cloud.kill('SIGKILL'), READY_MAX_MS);
  const seen: string[] = [];
  const lines = createInterface({ input: cloud.stdout });
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      seen.push(line);
      if (line.startsWith('ready')) {
        clearTimeout(overdue);
        resolve(line);
      }
    });
    lines.once('close', () => {
      clearTimeout(overdue);
      reject(new Error(`the local cloud ended before it was ready:\n${seen.join('\n')}`));
    });
  });
}

function addressIn(line: string, pattern: RegExp): string {
  const [address] = pattern.exec(line) ?? [];
  if (!address) throw new Error(`no address like ${pattern} in "${line}"`);
  return address;
}
