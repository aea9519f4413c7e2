import { setTimeout as delay } from 'node:timers/promises';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { InvokeCommand, type InvokeCommandInput, type InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Target } from './targets.ts';

const WAIT_MAX_MS = 300_000;
const POLL_MS = 200;

export const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** The end of every key that Lambda gives a record of a failure: `YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<UUID>`. */
export const DATED_KEY = String.raw`\d{4}/\d\d/\d\d/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-${UUID}`;

export interface Failure {
  readonly key: string;
  /** As JSON.parse gives it. */
  readonly record: unknown;
}

/** What the cases of one target have in common. */
export interface Contract {
  readonly kinesis: KinesisClient;
  /** Of the stream and the bucket. */
  readonly name: string;
  /** Of the template, by name. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Of the function `Answering`, unless another is named. */
  readonly invoke: (input: Partial<InvokeCommandInput>) => Promise<InvokeCommandOutput>;
  /** The first record of a failure below that prefix of which it holds, as soon as there is one. */
  readonly failure: (prefix: string, isWanted: (body: string) => boolean) => Promise<Failure>;
  close(): Promise<void>;
}

export async function openContract(target: Target): Promise<Contract> {
  const { client, name, outputs, stop } = await target.start();
  const lambda = new LambdaClient(client);
  const kinesis = new KinesisClient(client);
  const s3 = new S3Client({ ...client, forcePathStyle: true });

  async function failures(prefix: string): Promise<{ key: string; body: string }[]> {
    const { Contents: listed = [] } = await s3.send(new ListObjectsV2Command({ Bucket: name, Prefix: prefix }));
    return Promise.all(
      listed.map(async ({ Key: key = '' }) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: name, Key: key }));
        return { key, body: (await Body?.transformToString()) ?? '' };
      }),
    );
  }

  return {
    kinesis,
    name,
    outputs,
    invoke: (input) => lambda.send(new InvokeCommand({ FunctionName: outputs['Answering'], ...input })),
    async failure(prefix, isWanted) {
      for (const endMs = Date.now() + WAIT_MAX_MS; Date.now() < endMs; await delay(POLL_MS)) {
        const found = (await failures(prefix)).find(({ body }) => isWanted(body));
        if (found) return { key: found.key, record: JSON.parse(found.body) };
      }
      throw new Error(`no such record of a failure below ${prefix} within ${WAIT_MAX_MS} ms`);
    },
    async close() {
      for (const each of [lambda, kinesis, s3]) each.destroy();
      await stop();
    },
  };
}

/** The code of the error that a call ends with, and its HTTP status. */
export async function refusalOf(call: Promise<unknown>): Promise<{ name: string; status: number | undefined }> {
  const error = await call.then(
    () => new Error('the call was expected to fail'),
    (reason: Error & { $metadata?: { httpStatusCode?: number } }) => reason,
  );
  return { name: error.name, status: '$metadata' in error ? error.$metadata?.httpStatusCode : undefined };
}
