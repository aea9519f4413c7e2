import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { encodeObservationRecord } from '../../../core/codec/observation-record.ts';
import type { Observation } from '../../../core/observation.ts';
import { openStores, type CityStores } from '../../../bin/rebuild/city-stores.ts';
import { targetOf } from '../../../bin/target.ts';
import type { Target } from '../../../bin/target.ts';
import { createDynamoDb } from '../../../local/dynamodb/service.ts';
import { startGateway } from '../../../local/gateway/server.ts';
import { createKinesis } from '../../../local/kinesis/service.ts';
import { createS3 } from '../../../local/s3/service.ts';
import { REJECTS_TABLE, TWINS_TABLE } from '../../lambdas/shared/tables.ts';

/** The stores of a city, without the functions that fill them, on the local cloud's own services. */
export interface TestStores extends Omit<CityStores, 'close'> {
  readonly target: Target;
  readonly directory: string;
  /** Appends one record to a stream. */
  append(stream: 'ingest' | 'observations', data: Uint8Array): Promise<void>;
  /** An object of the archive as Firehose writes it: records one behind the other. */
  archive(key: string, records: readonly (readonly Observation[])[]): Promise<void>;
  put(bucket: 'archive' | 'failures', key: string, bytes: Uint8Array | string): Promise<void>;
  close(): Promise<void>;
}

export async function startStores(): Promise<TestStores> {
  const directory = await mkdtemp(path.join(tmpdir(), 'cityweave-stores-'));
  const log = (line: string): void => console.error(line);
  const [kinesis, s3, dynamodb] = await Promise.all([
    createKinesis({ directory: path.join(directory, 'kinesis') }),
    createS3({ directory: path.join(directory, 's3'), log }),
    createDynamoDb({ directory: path.join(directory, 'dynamodb'), log }),
  ]);
  const gateway = await startGateway({ services: [kinesis, s3.service, dynamodb.service], port: 0, log });
  const target = targetOf({ data: path.join(directory, 'data'), awsEndpoint: gateway.url });
  const stores = openStores(target);
  const put: TestStores['put'] = async (bucket, Key, Body) => {
    await stores.s3.send(new PutObjectCommand({ Bucket: await stores.bucket(bucket), Key, Body }));
  };
  for (const bucket of ['archive', 'failures']) {
    await stores.s3.send(new CreateBucketCommand({ Bucket: await stores.bucket(bucket) }));
  }
  for (const stream of ['ingest', 'observations']) {
    await stores.kinesis.send(new CreateStreamCommand({ StreamName: `cityweave-${stream}`, ShardCount: 2 }));
  }
  await createTable(stores.dynamodb, 'cityweave-twins', TWINS_TABLE);
  await createTable(stores.dynamodb, 'cityweave-rejects', REJECTS_TABLE);

  return {
    ...stores,
    target,
    directory,
    put,
    async append(stream, Data) {
      // Any key will do: nobody relies on more order than that of a bucket.
      const PartitionKey = String(Data.length % 7);
      await stores.kinesis.send(new PutRecordCommand({ StreamName: `cityweave-${stream}`, PartitionKey, Data }));
    },
    archive: (key, records) =>
      put('archive', key, gzipSync(Buffer.concat(records.map((each) => encodeObservationRecord(each))))),
    async close() {
      stores.close();
      await gateway.close();
      await Promise.all([kinesis.close(), s3.close(), dynamodb.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function createTable(dynamodb: DynamoDBClient, TableName: string, shape: typeof TWINS_TABLE): Promise<void> {
  await dynamodb.send(new CreateTableCommand({ TableName, BillingMode: 'PAY_PER_REQUEST', ...shape }));
}
