import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDbTarget } from './suite.ts';

const START_MAX_MS = 30_000;

/** Where DynamoDB Local's jars and native libraries lie, all in one directory. */
const directory = process.env.CITYWEAVE_DYNAMODB_LOCAL;

/** Why DynamoDB Local cannot run here; undefined where it can. */
export function absenceOfDynamoDbLocal(): string | undefined {
  if (directory === undefined) return 'CITYWEAVE_DYNAMODB_LOCAL names no directory with its jars';
  return spawnSync('java', ['-version']).error ? 'no Java is installed' : undefined;
}

export async function startDynamoDbLocal(): Promise<DynamoDbTarget> {
  const jars = resolve(directory ?? '');
  // It leaves a file of its own where it runs.
  const cwd = await mkdtemp(join(tmpdir(), 'cityweave-dynamodb-local-'));
  const port = await freePort();
  const classPath = ['-cp', join(jars, '*'), 'com.amazonaws.services.dynamodbv2.local.main.ServerRunner'];
  const options = ['-inMemory', '-sharedDb', '-port', String(port)];
  const java = spawn('java', [`-Djava.library.path=${jars}`, ...classPath, ...options], { cwd, stdio: 'ignore' });
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const endMs = Date.now() + START_MAX_MS;
  while (!(await answers(client))) {
    if (Date.now() > endMs || java.exitCode !== null) throw new Error(`DynamoDB Local in ${jars} does not answer`);
    await delay(100);
  }
  return {
    client,
    returnsItemOnFailedCondition: true,
    async close() {
      client.destroy();
      const exited = once(java, 'exit');
      java.kill();
      await exited;
      await rm(cwd, { recursive: true });
    },
  };
}

function answers(client: DynamoDBClient): Promise<boolean> {
  return client.send(new ListTablesCommand({})).then(
    () => true,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
  return address.port;
}
