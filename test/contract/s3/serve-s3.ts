import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll } from 'vitest';
import { startGateway } from '../../../local/gateway/server.ts';
import { createS3, type S3, type S3Options } from '../../../local/s3/service.ts';

export const REGION = 'us-east-1';
export const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

export interface S3Endpoint {
  readonly s3: S3;
  readonly client: S3Client;
  /** Such as `http://127.0.0.1:4566`. */
  readonly url: string;
  close(): Promise<void>;
}

/** The local cloud's S3 behind its gateway, with its data in that directory. */
export async function openS3(directory: string, options: Partial<S3Options> = {}): Promise<S3Endpoint> {
  const s3 = await createS3({ directory, log: console.error, ...options });
  const gateway = await startGateway({ services: [s3.service], port: 0, log: console.error });
  const client = new S3Client({ endpoint: gateway.url, region: REGION, credentials: CREDENTIALS });
  return {
    s3,
    client,
    url: gateway.url,
    async close() {
      client.destroy();
      await gateway.close();
      await s3.close();
    },
  };
}

/** One endpoint for all tests of a file, gone with its data after them. */
export async function serveS3(): Promise<S3Endpoint> {
  const directory = await mkdtemp(path.join(tmpdir(), 's3-'));
  const endpoint = await openS3(directory);
  afterAll(async () => {
    await endpoint.close();
    await rm(directory, { recursive: true, force: true });
  });
  return endpoint;
}

/** The code of the error that a call ends with. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
  throw new Error('the call was expected to fail');
}
