import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { expect, it, onTestFinished } from 'vitest';
import type { InvokeAsync } from '../../../local/s3/delivery.ts';
import { openS3, type S3Endpoint } from '../../contract/s3/serve-s3.ts';
import { temporaryDirectory } from '../kinesis/temporary-directory.ts';
import { createBucket, FUNCTION_ARN, NOTIFICATIONS } from './bucket-for-test.ts';

/** Tells `listen`; what that throws makes the event one that could not be queued. */
function tell(listen: (functionArn: string, event: unknown) => void): InvokeAsync {
  return async (functionArn, event) => {
    listen(functionArn, event);
    return { kind: 'queued', requestId: 'local' };
  };
}

async function open(directory: string): Promise<S3Endpoint> {
  const endpoint = await openS3(directory);
  let open = true;
  const close = async () => {
    if (open) await endpoint.close();
    open = false;
  };
  onTestFinished(close);
  return { ...endpoint, close };
}

it('tells the function of what the filter names, in the form that S3 gives it', async () => {
  const calls: [string, unknown][] = [];
  const { s3 } = await open(await temporaryDirectory());
  await createBucket(s3, { BucketName: 'told', NotificationConfiguration: NOTIFICATIONS });
  s3.startDelivering(tell((functionArn, event) => calls.push([functionArn, event])));
  await s3.putObject('told', 'errors/a.txt', Buffer.from('other suffix'));
  await s3.putObject('told', 'other/a.json', Buffer.from('other prefix'));
  await s3.putObject('told', 'errors/ä b+c.json', Buffer.from('{}'));
  await expect.poll(() => calls.length).toBeGreaterThan(0);
  expect(calls).toEqual([
    [
      FUNCTION_ARN,
      {
        Records: [
          expect.objectContaining({
            eventVersion: '2.1',
            eventSource: 'aws:s3',
            eventName: 'ObjectCreated:Put',
            s3: expect.objectContaining({
              bucket: expect.objectContaining({ name: 'told', arn: 'arn:aws:s3:::told' }),
              // The MD5 of two braces; a form's encoding of the key.
              object: expect.objectContaining({
                key: 'errors/%C3%A4+b%2Bc.json',
                size: 2,
                eTag: '99914b932bd37a50b983c5e7c90ae93b',
              }),
            }),
          }),
        ],
      },
    ],
  ]);
});

it('tells again what could not be queued, and after a restart what was never told', async () => {
  const directory = await temporaryDirectory();
  let calls = 0;
  const listen = (): void => {
    calls += 1;
    if (calls === 1) throw new Error('the disk is full');
  };
  const first = await open(directory);
  await createBucket(first.s3, { BucketName: 'again', NotificationConfiguration: NOTIFICATIONS });
  await first.s3.putObject('again', 'errors/1.json', '{}');
  await first.close();
  expect(calls).toBe(0);

  const second = await open(directory);
  second.s3.startDelivering(tell(listen));
  await expect.poll(() => calls).toBe(2);
  await second.close();

  const third = await open(directory);
  third.s3.startDelivering(tell(listen));
  await createBucket(third.s3, { BucketName: 'again', NotificationConfiguration: NOTIFICATIONS });
  await third.s3.putObject('again', 'errors/2.json', '{}');
  await expect.poll(() => calls).toBe(3);
});

it('forgets what its function can never be told', async () => {
  const lines: string[] = [];
  const endpoint = await openS3(await temporaryDirectory(), { log: (line) => lines.push(line) });
  onTestFinished(() => endpoint.close());
  await createBucket(endpoint.s3, { BucketName: 'lost', NotificationConfiguration: NOTIFICATIONS });
  endpoint.s3.startDelivering(async () => ({
    kind: 'refused',
    reason: 'ResourceNotFoundException',
    message: 'no such function',
  }));
  await endpoint.s3.putObject('lost', 'errors/1.json', '{}');
  await expect.poll(() => lines).toEqual([expect.stringContaining('no such function')]);
});

it('tells of removals only those who ask', async () => {
  const events: string[] = [];
  const { s3, client } = await open(await temporaryDirectory());
  const LambdaConfigurations = [{ Event: 's3:ObjectRemoved:*', Function: FUNCTION_ARN }];
  await createBucket(s3, { BucketName: 'removed', NotificationConfiguration: { LambdaConfigurations } });
  s3.startDelivering(tell((_, event) => events.push(JSON.stringify(event))));
  await s3.putObject('removed', 'a', Buffer.from('a'));
  await client.send(new DeleteObjectCommand({ Bucket: 'removed', Key: 'never-there' }));
  await client.send(new DeleteObjectCommand({ Bucket: 'removed', Key: 'a' }));
  await expect.poll(() => events.length).toBe(1);
  expect(events[0]).toContain('"eventName":"ObjectRemoved:Delete"');
});
