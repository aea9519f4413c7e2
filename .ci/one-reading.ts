/** Starts the local cloud as a newcomer would, publishes one legacy payload and reads the twin over HTTP. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connectAsync } from 'mqtt';

const READY_MAX_MS = 60_000;
const TWIN_MAX_MS = 15_000;

const dataDirectory = await mkdtemp(join(tmpdir(), 'cityweave-'));
const cloud = spawn(
  process.execPath,
  ['bin/cityweave.ts', 'start', '--no-city', '--port-base', '0', '--data', dataDirectory],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
try {
  const ready = await readyLine();
  process.stdout.write(`${ready}\n`);
  await publish(addressIn(ready, /mqtt:\/\/[\d.:]+/));
  const status = await twinStatus(addressIn(ready, /http:\/\/[\d.:]+(?=[^:]*$)/));
  process.stdout.write(`twin lotA-17: status ${status}\n`);
} finally {
  cloud.kill('SIGTERM');
  await new Promise((resolve) => cloud.once('exit', resolve));
  await rm(dataDirectory, { recursive: true, force: true });
}

async function readyLine(): Promise<string> {
  const timer = setTimeout(() => cloud.kill('SIGKILL'), READY_MAX_MS);
  for await (const line of createInterface({ input: cloud.stdout })) {
    if (line.startsWith('ready')) {
      clearTimeout(timer);
      return line;
    }
  }
  throw new Error(`the local cloud ended, or was not ready within ${READY_MAX_MS / 1000} s`);
}

async function publish(mqttUrl: string): Promise<void> {
  const client = await connectAsync(mqttUrl);
  const payload = { sensor_id: 'lotA-17', status: 'occupied', timestamp: Math.floor(Date.now() / 1000) };
  await client.publishAsync('sensors/parking/lotA', JSON.stringify(payload), { qos: 1 });
  await client.endAsync();
}

async function twinStatus(apiUrl: string): Promise<string> {
  const token = (await readFile(join(dataDirectory, 'token'), 'utf8')).trim();
  const endMs = Date.now() + TWIN_MAX_MS;
  while (Date.now() < endMs) {
    const answer = await fetch(`${apiUrl}/v1/twins/lotA-17`, { headers: { authorization: `Bearer ${token}` } });
    if (answer.ok) {
      const twin = (await answer.json()) as { attributes: { status: { value: string } } };
      if (twin.attributes.status.value === 'occupied') return twin.attributes.status.value;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no twin lotA-17 with status "occupied" within ${TWIN_MAX_MS / 1000} s`);
}

function addressIn(line: string, pattern: RegExp): string {
  const [address] = pattern.exec(line) ?? [];
  if (!address) throw new Error(`no address like ${pattern} in "${line}"`);
  return address;
}
