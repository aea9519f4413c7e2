/** Puts numbered objects as fast as it can into a bucket that tells a function, and prints each key once it is stored. */
import { createS3 } from '../../../local/s3/service.ts';
import { createBucket, NOTIFICATIONS } from './bucket-for-test.ts';

const [directory = '', bucket = ''] = process.argv.slice(2);
const s3 = await createS3({ directory, log: console.error });
await createBucket(s3, { BucketName: bucket, NotificationConfiguration: NOTIFICATIONS });

const IN_FLIGHT = 20;
let next = 0;

async function putForever(): Promise<never> {
  for (;;) {
    next += 1;
    const key = `errors/${process.pid}-${next}.json`;
    await s3.putObject(bucket, key, Buffer.from(key));
    process.stdout.write(`${key}\n`);
  }
}

await Promise.all(Array.from({ length: IN_FLIGHT }, putForever));
