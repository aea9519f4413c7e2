import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KinesisClientConfig } from '@aws-sdk/client-kinesis';
import type { AwsRequest, AwsResponse } from '../../../local/gateway/aws-service.ts';
import { createKinesis } from '../../../local/kinesis/service.ts';
import { kinesisLocalDifferences, kinesisLocalSkipped } from './kinesis-local-differences.ts';
import { serveAwsService } from './serve-aws-service.ts';

/** An implementation of the Kinesis API that the suite runs against. */
export interface Target {
  readonly name: string;
  /** Cases that it is known to fail, by name, with the reason. A case that begins to pass must leave the list. */
  readonly differences: ReadonlyMap<string, string>;
  /** Cases that are not run against it, by name, with the reason. */
  readonly skipped: ReadonlyMap<string, string>;
  start(): Promise<RunningTarget>;
}

export interface RunningTarget {
  readonly client: KinesisClientConfig;
  /** Where unsigned requests are answered too, for what no SDK sends. */
  readonly unsignedEndpoint?: string;
  stop(): Promise<void>;
}

const LOCAL_CLIENT = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

export const localCloud: Target = {
  name: 'the local cloud',
  differences: new Map(),
  skipped: new Map(),
  start: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kinesis-contract-'));
    const kinesis = await createKinesis({ directory });
    const { endpoint, close } = await serveAwsService((request) => kinesis.handle(request));
    return {
      client: { ...LOCAL_CLIENT, endpoint },
      unsignedEndpoint: endpoint,
      stop: async () => {
        close();
        await kinesis.close();
        await rm(directory, { recursive: true });
      },
    };
  },
};

const require = createRequire(import.meta.url);

const KEPT_HEADERS = new Set(['authorization', 'content-type', 'x-amz-date', 'x-amz-target']);
const START_MS_MAX = 20_000;
const STATE_CHANGE = '1ms';

/** kinesis-local can listen on all interfaces only; it lives for the length of the suite. */
export const kinesisLocal: Target = {
  name: 'kinesis-local',
  differences: kinesisLocalDifferences,
  skipped: kinesisLocalSkipped,
  start: async () => {
    const main = require.resolve('kinesis-local');
    const directory = await mkdtemp(join(tmpdir(), 'kinesis-local-'));
    const [plainPort, tlsPort] = await Promise.all([freePort(), freePort()]);
    const child = spawn(process.execPath, [main], {
      cwd: directory,
      stdio: 'ignore',
      env: {
        KINESIS_MOCK_CERT_PATH: join(dirname(main), 'server.json'),
        KINESIS_MOCK_PLAIN_PORT: String(plainPort),
        KINESIS_MOCK_TLS_PORT: String(tlsPort),
        LOG_LEVEL: 'ERROR',
        CREATE_STREAM_DURATION: STATE_CHANGE,
        DELETE_STREAM_DURATION: STATE_CHANGE,
      },
    });
    const stop = async (): Promise<void> => {
      const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true });
    };
    await untilListening(child, plainPort).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    // Its HTTP/2 breaks off requests of a megabyte, which says nothing about Kinesis: HTTP/1.1 is put in between.
    const { endpoint, close } = await serveAwsService((request) => forward(request, `http://127.0.0.1:${plainPort}`));
    const stopBoth = (): Promise<void> => {
      close();
      return stop();
    };
    return { client: { ...LOCAL_CLIENT, endpoint }, unsignedEndpoint: endpoint, stop: stopBoth };
  },
};

/** AWS itself (`aws`, with the credentials and the region of the environment) or whatever answers at an address. */
export function remote(address: string): Target {
  return {
    name: address,
    differences: new Map(),
    skipped: new Map(),
    start: () =>
      Promise.resolve({
        client: address === 'aws' ? {} : { ...LOCAL_CLIENT, endpoint: address },
        stop: () => Promise.resolve(),
      }),
  };
}

async function forward({ method, headers, body }: AwsRequest, endpoint: string): Promise<AwsResponse> {
  const kept = Object.entries(headers).filter(([name]) => KEPT_HEADERS.has(name));
  const response = await fetch(endpoint, { method, headers: Object.fromEntries(kept), body: new Uint8Array(body) });
  return {
    status: response.status,
    headers: { 'content-type': response.headers.get('content-type') ?? '' },
    body: Buffer.from(await response.arrayBuffer()),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  const giveUpAtMs = Date.now() + START_MS_MAX;
  while (Date.now() < giveUpAtMs && child.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const isUp = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isUp) return;
    await sleep(50);
  }
  throw new Error(`kinesis-local did not listen within ${START_MS_MAX} ms; its exit code is ${child.exitCode}`);
}
