import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { PutRecordCommand } from '@aws-sdk/client-firehose';
import { expect, it } from 'vitest';
import { ObservationRecordSchema, ObservationSchema } from '../../../core/codec/generated/observation_pb.ts';
import { temporaryDirectory } from '../kinesis/temporary-directory.ts';
import { DELIVERY_STREAM, DESTINATION, startFirehose, STREAM, STREAM_ARN } from './start-firehose.ts';

const FROM_STREAM = {
  DeliveryStreamType: 'KinesisStreamAsSource',
  KinesisStreamSourceConfiguration: { KinesisStreamARN: STREAM_ARN, RoleARN: DESTINATION.RoleARN },
  ExtendedS3DestinationConfiguration: {
    ...DESTINATION,
    CompressionFormat: 'GZIP',
    Prefix: 'observations/!{timestamp:yyyy/MM/dd/HH}/',
    ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/',
  },
};

/** A record of the event log, of three observations. */
function logRecord(name: string): Uint8Array {
  const observations = [0, 1, 2].map((index) => create(ObservationSchema, { readingId: `${name}/${index}`, count: 3 }));
  return toBinary(ObservationRecordSchema, create(ObservationRecordSchema, { observations }));
}

it('archives the event log so that an object is one record of all its observations, in the order of their shard', async () => {
  const { kinesis, create: createDeliveryStream, objects } = await startFirehose(await temporaryDirectory());
  await createDeliveryStream(FROM_STREAM);
  const names = Array.from({ length: 40 }, (_, index) => `message-${index}`);
  for (const name of names) await kinesis.putRecord(STREAM, 'one key', Buffer.from(logRecord(name)));

  const wanted = names.flatMap((name) => [`${name}/0`, `${name}/1`, `${name}/2`]);
  // Nothing stands between the records: messages of repeated fields are merged by writing them one behind the other
  // (protobuf encoding guide, "Last One Wins"), and each object decodes by itself.
  const archived = async (): Promise<string[]> => {
    const bodies = [...(await objects()).entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    return bodies.flatMap(([, body]) =>
      fromBinary(ObservationRecordSchema, body).observations.map(({ readingId }) => readingId),
    );
  };
  await expect.poll(async () => (await archived()).length).toBeGreaterThanOrEqual(wanted.length);
  expect(new Set(await archived())).toEqual(new Set(wanted));
  if ((await objects()).size === 1) expect(await archived()).toEqual(wanted);
});

it('names objects as Firehose does', async () => {
  const { kinesis, create: createDeliveryStream, objects } = await startFirehose(await temporaryDirectory());
  await createDeliveryStream(FROM_STREAM);
  await kinesis.putRecord(STREAM, 'key', Buffer.from('data'));
  await expect.poll(async () => (await objects()).size).toBe(1);
  const [key = ''] = (await objects()).keys();
  const hour = String.raw`\d{4}/\d\d/\d\d/\d\d`;
  const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
  const second = String.raw`\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d`;
  expect(key).toMatch(new RegExp(`^observations/${hour}/${DELIVERY_STREAM}-1-${second}-${uuid}\\.gz$`));
});

it('begins at the tip, goes on after a restart where it was, and delivers each record at least once', async () => {
  const directory = await temporaryDirectory();
  const first = await startFirehose(directory);
  await first.kinesis.putRecord(STREAM, 'key', Buffer.from('[before]'));
  await first.create(FROM_STREAM);
  await first.kinesis.putRecord(STREAM, 'key', Buffer.from('[delivered]'));
  await expect.poll(async () => (await first.objects()).size).toBe(1);
  await first.kinesis.putRecord(STREAM, 'key', Buffer.from('[gathered]'));
  await first.stop();

  const second = await startFirehose(directory);
  await second.create(FROM_STREAM);
  const content = async (): Promise<string> => [...(await second.objects()).values()].join('');
  await expect.poll(content).toContain('[gathered]');
  expect(await content()).toContain('[delivered]');
  expect(await content()).not.toContain('[before]');
});

it('delivers what has come when it is stopped, however long its interval', async () => {
  const directory = await temporaryDirectory();
  const first = await startFirehose(directory);
  const BufferingHints = { SizeInMBs: 64, IntervalInSeconds: 900 };
  const patient = { ...FROM_STREAM, ExtendedS3DestinationConfiguration: { ...DESTINATION, BufferingHints } };
  await first.create(patient);
  await first.kinesis.putRecord(STREAM, 'key', Buffer.from('[gathered]'));
  await first.kinesis.putRecord(STREAM, 'other key', Buffer.from('[gathered too]'));
  expect((await first.objects()).size).toBe(0);
  await first.stop();

  const second = await startFirehose(directory);
  const content = [...(await second.objects()).values()].join('');
  expect(content).toContain('[gathered]');
  expect(content).toContain('[gathered too]');
  // And not once more.
  await second.create(patient);
  await second.stop();
  const third = await startFirehose(directory);
  expect((await third.objects()).size).toBe(1);
});

it('writes an object as soon as it has the size of the buffer', async () => {
  const { kinesis, create: createDeliveryStream, objects } = await startFirehose(await temporaryDirectory());
  const BufferingHints = { SizeInMBs: 1, IntervalInSeconds: 900 };
  await createDeliveryStream({
    ...FROM_STREAM,
    ExtendedS3DestinationConfiguration: { ...DESTINATION, BufferingHints },
  });
  await kinesis.putRecord(STREAM, 'key', Buffer.alloc(512 * 1024));
  await kinesis.putRecord(STREAM, 'key', Buffer.alloc(512 * 1024 - 1));
  expect((await objects()).size).toBe(0);
  await kinesis.putRecord(STREAM, 'key', Buffer.alloc(1));
  await expect.poll(async () => [...(await objects()).values()].map(({ length }) => length)).toEqual([1024 * 1024]);
});

it('takes no records from producers', async () => {
  const { client, create: createDeliveryStream } = await startFirehose(await temporaryDirectory());
  await createDeliveryStream(FROM_STREAM);
  const put = client.send(
    new PutRecordCommand({ DeliveryStreamName: DELIVERY_STREAM, Record: { Data: Buffer.from('a') } }),
  );
  await expect(put).rejects.toThrow('KinesisStreamAsSource');
});
