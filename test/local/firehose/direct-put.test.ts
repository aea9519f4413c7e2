import { DescribeDeliveryStreamCommand, PutRecordBatchCommand, PutRecordCommand } from '@aws-sdk/client-firehose';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../kinesis/temporary-directory.ts';
import { DELIVERY_STREAM as DeliveryStreamName, DESTINATION, startFirehose } from './start-firehose.ts';

const DIRECT = { ExtendedS3DestinationConfiguration: { ...DESTINATION, FileExtension: '.ndjson', Prefix: 'put/' } };

const recordOf = (text: string) => ({ Data: Buffer.from(text) });

it('delivers what producers put, in order, below the hour unless the prefix says otherwise', async () => {
  const { client, create, objects } = await startFirehose(await temporaryDirectory());
  await create(DIRECT);
  const { RecordId } = await client.send(new PutRecordCommand({ DeliveryStreamName, Record: recordOf('a\n') }));
  expect(RecordId).toBeTruthy();
  const Records = ['b\n', 'c\n'].map(recordOf);
  const batch = await client.send(new PutRecordBatchCommand({ DeliveryStreamName, Records }));
  expect(batch).toMatchObject({ FailedPutCount: 0, RequestResponses: [{}, {}] });
  await expect.poll(async () => [...(await objects()).values()].join('')).toBe('a\nb\nc\n');
  const [key] = (await objects()).keys();
  expect(key).toMatch(/^put\/\d{4}\/\d\d\/\d\d\/\d\d\/city-archive-1-.*\.ndjson$/);
  const { DeliveryStreamDescription } = await client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName }));
  expect(DeliveryStreamDescription).toMatchObject({ DeliveryStreamStatus: 'ACTIVE', DeliveryStreamType: 'DirectPut' });
});

it('keeps what was put over a restart', async () => {
  const directory = await temporaryDirectory();
  const first = await startFirehose(directory);
  const BufferingHints = { SizeInMBs: 1, IntervalInSeconds: 900 };
  await first.create({ ExtendedS3DestinationConfiguration: { ...DESTINATION, BufferingHints } });
  await first.client.send(new PutRecordCommand({ DeliveryStreamName, Record: recordOf('kept') }));
  await first.stop();
  const second = await startFirehose(directory);
  await second.create(DIRECT);
  await expect.poll(async () => [...(await second.objects()).values()].join('')).toBe('kept');
});

it('takes 500 records of together 4 MiB, each of 1000 KiB', async () => {
  const { client, create } = await startFirehose(await temporaryDirectory());
  await create(DIRECT);
  const put = (count: number, bytes: number) =>
    client.send(
      new PutRecordBatchCommand({
        DeliveryStreamName,
        Records: Array.from({ length: count }, () => ({ Data: Buffer.alloc(bytes) })),
      }),
    );
  await put(500, 1);
  await expect(put(501, 1)).rejects.toThrow('500');
  await put(1, 1_024_000);
  await expect(put(1, 1_024_001)).rejects.toThrow('1024000');
  await put(4, 1024 * 1000);
  await expect(put(5, 1024 * 1000)).rejects.toThrow('4194304');
});

it('refuses by name what it does not do', async () => {
  const { create } = await startFirehose(await temporaryDirectory());
  const refused = (more: object) => create({ ExtendedS3DestinationConfiguration: { ...DESTINATION, ...more } });
  await expect(refused({ DynamicPartitioningConfiguration: { Enabled: true } })).rejects.toThrow('DynamicPartitioning');
  await expect(refused({ ProcessingConfiguration: { Enabled: true } })).rejects.toThrow('ProcessingConfiguration');
  await expect(refused({ CompressionFormat: 'Snappy' })).rejects.toThrow('Snappy');
  await expect(refused({ Prefix: '!{partitionKeyFromQuery:a}' })).rejects.toThrow('partitionKeyFromQuery');
  await expect(refused({ Prefix: '!{timestamp:yyyy-ww}' })).rejects.toThrow('ww is no field');
  await expect(refused({ BufferingHints: { SizeInMBs: 129 } })).rejects.toThrow('129');
  await expect(refused({ BufferingHints: { IntervalInSeconds: 901 } })).rejects.toThrow('901');
  await expect(create({ RedshiftDestinationConfiguration: {} })).rejects.toThrow('RedshiftDestinationConfiguration');
});
