import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { ResourceProvider } from '../cloudformation/resource-provider.ts';
import type { AwsService } from '../gateway/aws-service.ts';
import { createProxy } from '../gateway/proxy.ts';
import { callDynamoDb } from './call.ts';
import { tableProviders } from './resources.ts';
import type { TableWorkerData, TableWorkerMessage } from './table-worker.ts';

/** Open requests are answered and LevelDB closed within this, or the thread is ended; LevelDB survives that too. */
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

/** Starts DynamoDB (dynalite over LevelDB, in a thread of its own) on a free loopback port. */
export async function createDynamoDb({ directory, log }: DynamoDbOptions): Promise<DynamoDb> {
  await mkdir(directory, { recursive: true });
  const workerData: TableWorkerData = { directory };
  const worker = new Worker(new URL('./table-worker.ts', import.meta.url), { name: 'dynamodb', workerData });
  const port = await portOf(worker);
  let closing = false;
  worker.on('error', (error) => log(`DynamoDB stopped: ${error.stack ?? error.message}`));
  worker.once('exit', (code) => {
    if (!closing) {
      log(`DynamoDB ended with code ${code}; start the local cloud again, the tables are kept`);
    }
  });
  const exited = new Promise((resolve) => {
    worker.once('exit', resolve);
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
      worker.postMessage('close', []);
      const overdue = setTimeout(() => void worker.terminate(), CLOSE_TIMEOUT_MS);
      await exited;
      clearTimeout(overdue);
    },
  };
}

async function portOf(worker: Worker): Promise<number> {
  const [message]: TableWorkerMessage[] = await once(worker, 'message');
  if (message === undefined || 'failure' in message) {
    throw new Error(`DynamoDB does not start: ${message?.failure ?? 'its thread says nothing'}`);
  }
  return message.port;
}
