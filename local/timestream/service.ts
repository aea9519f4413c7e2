import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResourceProvider } from '../cloudformation/resource-provider.ts';
import type { AwsRequest, AwsResponse, AwsService } from '../gateway/aws-service.ts';
import { describeEndpoints } from './describe-endpoints.ts';
import { type OperationThread, startOperationThread } from './operation-thread.ts';
import { databaseProvider, tableProvider } from './resources.ts';

export interface TimestreamOptions {
  /** Where the databases live; made if absent. */
  readonly directory: string;
  /** Decides what is too late, too early and expired; the system's clock by default. */
  readonly nowMs?: () => number;
}

export interface Timestream {
  /** One service: Write and Query share the signing name and the target prefix, and their operations do not collide. */
  readonly services: readonly AwsService[];
  readonly providers: readonly ResourceProvider[];
  close(): Promise<void>;
}

const READ_OPERATIONS: ReadonlySet<string> = new Set(['Query', 'CancelQuery']);

/** Starts Timestream for LiveAnalytics over one SQLite file, in two threads: one writes, one answers queries. */
export async function createTimestream({ directory, nowMs = Date.now }: TimestreamOptions): Promise<Timestream> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, 'timestream.sqlite');
  // The writer makes the file that the reader opens.
  const writer = await startOperationThread(new URL('./write-thread.ts', import.meta.url), { path });
  const reader = await startOperationThread(new URL('./read-thread.ts', import.meta.url), { path });

  const service: AwsService = {
    signingName: 'timestream',
    targetPrefix: 'Timestream_20181101',
    handle: (request) => handle(request, { writer, reader, nowMs: Math.floor(nowMs()) }),
  };
  return {
    services: [service],
    providers: [databaseProvider(service), tableProvider(service)],
    async close() {
      await reader.close();
      await writer.close();
    },
  };
}

async function handle(
  { operation, headers, body }: AwsRequest,
  threads: { readonly writer: OperationThread; readonly reader: OperationThread; readonly nowMs: number },
): Promise<AwsResponse> {
  if (operation === 'DescribeEndpoints') {
    return describeEndpoints(headers);
  }
  const thread = READ_OPERATIONS.has(operation) ? threads.reader : threads.writer;
  return thread.perform({ operation, body, nowMs: threads.nowMs });
}
