/** Against a server that answers PutRecords as documented and fails the records that a test picks. */
import { createServer, type Http2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '../../../core/ports.ts';
import { ATTEMPTS_MAX, kinesisObservationLog } from '../../../lambdas/shared/kinesis-observation-log.ts';

let server: Http2Server | undefined;
let kinesis: KinesisClient | undefined;
afterEach(() => {
  kinesis?.destroy();
  server?.close();
});

interface PutRecords {
  readonly Records: readonly { readonly PartitionKey: string; readonly Data: string }[];
}

/** Starts a stream that refuses a record for as long as `refuses` says so, and tells what each request held. */
async function stream(refuses: (data: string, attempt: number) => boolean) {
  const requests: string[][] = [];
  const stored: string[] = [];
  const attempts = new Map<string, number>();
  const answer = async (request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> => {
    const { Records: records } = JSON.parse(await text(request)) as PutRecords;
    const names = records.map(({ Data: data }) => Buffer.from(data, 'base64').toString());
    requests.push(names);
    const results = names.map((name) => {
      const attempt = (attempts.get(name) ?? 0) + 1;
      attempts.set(name, attempt);
      if (refuses(name, attempt)) return { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'slow' };
      stored.push(name);
      return { SequenceNumber: String(stored.length), ShardId: 'shardId-000000000000' };
    });
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ FailedRecordCount: 0, Records: results }));
  };
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  kinesis = new KinesisClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return { log: kinesisObservationLog(kinesis, 'observations'), requests, stored };
}

/** `bucket:name`. */
function records(...names: readonly string[]): LogRecord[] {
  return names.map((name) => ({ partitionKey: name.split(':')[0] ?? '', data: Buffer.from(name) }));
}

describe('the observation log on Kinesis', () => {
  it('sends one record of a bucket at a time, and other buckets beside it', async () => {
    const { log, requests } = await stream(() => false);
    expect(await log.append(records('1:a', '1:b', '2:a', '1:c'))).toEqual(new Set());
    expect(requests).toEqual([['1:a', '2:a'], ['1:b'], ['1:c']]);
  });

  it('tries the failed part of a request again, and keeps the order of its bucket', async () => {
    const { log, stored } = await stream((name, attempt) => name === '1:a' && attempt < 3);
    expect(await log.append(records('1:a', '2:a', '1:b'))).toEqual(new Set());
    expect(stored).toEqual(['2:a', '1:a', '1:b']);
  });

  it.each([
    [ATTEMPTS_MAX, new Set()],
    [ATTEMPTS_MAX + 1, new Set([0])],
  ])('writes a record that is taken at attempt %d of 4', async (takenAt, unwritten) => {
    const { log } = await stream((_, attempt) => attempt < takenAt);
    expect(await log.append(records('1:a'))).toEqual(unwritten);
  });

  it('names what it could not write, and what must not overtake it', async () => {
    const { log, stored } = await stream((name) => name === '1:a');
    expect(await log.append(records('1:a', '2:a', '1:b', '2:b'))).toEqual(new Set([0, 2]));
    expect(stored).toEqual(['2:a', '2:b']);
  });

  it('puts at most 500 records and 10 MiB into a request', async () => {
    const { log, requests } = await stream(() => false);
    await log.append(records(...Array.from({ length: 501 }, (_, index) => `${index}:x`)));
    expect(requests.map((names) => names.length)).toEqual([500, 1]);
    requests.length = 0;
    const large = Array.from({ length: 11 }, (_, index) => ({
      partitionKey: `large-${index}`,
      data: new Uint8Array(1024 * 1024 - 256).fill(index),
    }));
    await log.append(large);
    expect(requests.map((names) => names.length)).toEqual([10, 1]);
  });
});
