import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TimestreamQueryClient } from '@aws-sdk/client-timestream-query';
import { CreateDatabaseCommand, CreateTableCommand, TimestreamWriteClient } from '@aws-sdk/client-timestream-write';
import type { HistoryStore } from '../../../core/ports.ts';
import { timestreamHistoryStore } from '../../../lambdas/shared/timestream-history-store.ts';
import { startGateway } from '../../../local/gateway/server.ts';
import { createTimestream } from '../../../local/timestream/service.ts';

export interface History {
  readonly store: HistoryStore;
  close(): Promise<void>;
}

/** A history of its own for one test file, which keeps a year. */
export async function startHistory(): Promise<History> {
  const directory = await mkdtemp(path.join(tmpdir(), 'cityweave-history-'));
  const timestream = await createTimestream({ directory });
  const gateway = await startGateway({ services: timestream.services, port: 0, log: (line) => console.error(line) });
  const settings = {
    endpoint: gateway.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const write = new TimestreamWriteClient(settings);
  const query = new TimestreamQueryClient(settings);
  await write.send(new CreateDatabaseCommand({ DatabaseName: 'city' }));
  await write.send(
    new CreateTableCommand({
      DatabaseName: 'city',
      TableName: 'readings',
      RetentionProperties: { MemoryStoreRetentionPeriodInHours: 24, MagneticStoreRetentionPeriodInDays: 365 },
      MagneticStoreWriteProperties: { EnableMagneticStoreWrites: true },
    }),
  );
  return {
    store: timestreamHistoryStore({ write, query, database: 'city', table: 'readings' }),
    async close() {
      write.destroy();
      query.destroy();
      await gateway.close();
      await timestream.close();
      await rm(directory, { recursive: true });
    },
  };
}
