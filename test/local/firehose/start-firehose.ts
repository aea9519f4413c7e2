import { gunzipSync } from 'node:zlib';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import type { TemplateResource } from '../../../local/cloudformation/resource-provider.ts';
import { createFirehose } from '../../../local/firehose/service.ts';
import { startGateway } from '../../../local/gateway/server.ts';
import { createStream } from '../../../local/kinesis/create-stream.ts';
import { createKinesis } from '../../../local/kinesis/service.ts';
import { CREDENTIALS, openS3, REGION } from '../../contract/s3/serve-s3.ts';
import { createBucket } from '../s3/bucket-for-test.ts';

const BUCKET = 'archive';
export const STREAM = 'observations';
export const STREAM_ARN = `arn:aws:kinesis:us-east-1:000000000000:stream/${STREAM}`;
export const DELIVERY_STREAM = 'city-archive';

export const DESTINATION = {
  BucketARN: `arn:aws:s3:::${BUCKET}`,
  RoleARN: 'arn:aws:iam::000000000000:role/delivery',
  BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 1 },
};

/** Kinesis, S3 and Firehose on the same data, as one run of the local cloud has them. */
export async function startFirehose(directory: string, nowMs: () => number = Date.now) {
  const kinesis = await createKinesis({ directory: `${directory}/kinesis` });
  if (!kinesis.streams.find(STREAM)) await createStream(kinesis.streams, { StreamName: STREAM, ShardCount: 2 });
  const s3 = await openS3(`${directory}/s3`);
  await createBucket(s3.s3, { BucketName: BUCKET });
  const firehose = createFirehose({
    directory: `${directory}/firehose`,
    streams: kinesis,
    putObject: (...object) => s3.s3.putObject(...object),
    nowMs,
    log: console.error,
  });
  const gateway = await startGateway({ services: [firehose.service], port: 0, log: console.error });
  const client = new FirehoseClient({ endpoint: gateway.url, region: REGION, credentials: CREDENTIALS });
  let isOpen = true;
  const stop = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    client.destroy();
    await gateway.close();
    await firehose.close();
    await s3.close();
    await kinesis.close();
  };
  onTestFinished(stop);

  return {
    kinesis,
    client,
    stop,
    create: async (properties: TemplateResource['properties']) =>
      firehose.providers[0]?.create({
        stackName: 'Cityweave-Twin',
        logicalId: 'Archive',
        type: 'AWS::KinesisFirehose::DeliveryStream',
        properties: { DeliveryStreamName: DELIVERY_STREAM, ...properties },
        metadata: {},
        assemblyDirectory: '',
      }),
    /** Key → content, as it was before it was compressed. */
    objects: async (): Promise<Map<string, Buffer>> => {
      const { Contents = [] } = await s3.client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
      const found = new Map<string, Buffer>();
      for (const { Key = '' } of Contents) {
        const { Body } = await s3.client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
        const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
        found.set(Key, Key.endsWith('.gz') ? gunzipSync(bytes) : bytes);
      }
      return found;
    },
  };
}
