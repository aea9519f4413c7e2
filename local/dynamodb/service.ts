import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ResourceProvider } from '../cloudformation/resource-provider.ts';
import type { AwsService } from '../gateway/aws-service.ts';
import { createProxy } from '../gateway/proxy.ts';
import { callDynamoDb } from './call.ts';
import { tableProviders } from './resources.ts';
import type { TableMessage } from './table-process.ts';

const TABLE_PROCESS = fileURLToPath(new URL('./table-process.ts', import.meta.url));

/** Megabytes; by default V8 keeps several times as much for the short-lived objects of requests. */
const SEMI_SPACE_MB = 8;

/** Open requests are answered and LevelDB closed within this, or the process is killed; LevelDB survives that too. */
const CLOSE_TIMEOUT_MS = 2000;

export interface DynamoDbOptions {
  /** Where the tables live; made if absent. */
  readonly directory: string;
  readonly log: (line: string) => void;
}

export interface DynamoDb {
  /** The tables' own address. Functions use it by `AWS_ENDPOINT_URL_DYNAMODB` and so save the way through the gateway. */
  readonly endpoint: string;
  /** For the gateway. */
  readonly service: AwsService;
  readonly providers: readonly ResourceProvider[];
  close(): Promise<void>;
}

/** Starts DynamoDB (dynalite over LevelDB, in a process of its own) on a free loopback port. */
export async function createDynamoDb({ directory, log }: DynamoDbOptions): Promise<DynamoDb> {
  await mkdir(directory, { recursive: true });
  const tables = fork(TABLE_PROCESS, [directory], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [...process.execArgv, `--max-semi-space-size=${SEMI_SPACE_MB}`],
  });
  const port = await portOf(tables);
  let closing = false;
  const exited = once(tables, 'exit').then(([code, signal]: unknown[]) => {
    if (!closing) {
      log(`DynamoDB ended with ${String(signal ?? code)}; start the local cloud again, the tables are kept`);
    }
  });

  const service = createProxy({ signingName: 'dynamodb', targetPrefix: 'DynamoDB_20120810', port });
  // dynalite listens before its database is open, and whether it can be opened shows at the first request.
  await callDynamoDb(service, 'ListTables', {}).catch((cause: unknown) => {
    throw new Error(`the tables in ${directory} cannot be opened; another process may have them open`, { cause });
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    service,
    providers: tableProviders(service, log),
    async close() {
      closing = true;
      service.close();
      if (tables.connected) tables.send('close');
      const overdue = setTimeout(() => tables.kill('SIGKILL'), CLOSE_TIMEOUT_MS);
      await exited;
      clearTimeout(overdue);
    },
  };
}

async function portOf(tables: ChildProcess): Promise<number> {
  const exited = once(tables, 'exit').then(() => [{ failure: 'its process ended' }]);
  const [message] = (await Promise.race([once(tables, 'message'), exited])) as [TableMessage];
  if ('failure' in message) {
    throw new Error(`DynamoDB does not start: ${message.failure}`);
  }
  return message.port;
}
