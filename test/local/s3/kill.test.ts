import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { openS3 } from '../../contract/s3/serve-s3.ts';
import { temporaryDirectory } from '../kinesis/temporary-directory.ts';

const WRITER = fileURLToPath(new URL('put-until-killed.ts', import.meta.url));
const BUCKET = 'killed';
const ACKNOWLEDGED_MIN = 500;
const READ_BACK = 50;

/** Lets a process put objects until it acknowledged some hundreds, and kills it in the middle of that. */
async function acknowledgedUntilKilled(directory: string): Promise<string[]> {
  const child = spawn(process.execPath, [WRITER, directory, BUCKET], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    if (printed.split('\n').length > ACKNOWLEDGED_MIN) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
  // The last line may be cut short; then nobody was told.
  return printed.split('\n').slice(0, -1);
}

it('a process that is killed loses no object and no notification that it acknowledged', async () => {
  const directory = await temporaryDirectory();
  const acknowledged = [...(await acknowledgedUntilKilled(directory)), ...(await acknowledgedUntilKilled(directory))];
  const told = new Set<string>();
  const endpoint = await openS3(directory);
  for (const Key of acknowledged.slice(-READ_BACK)) {
    const { Body } = await endpoint.client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    expect(await Body?.transformToString()).toBe(Key);
  }
  endpoint.s3.startDelivering(async (_, event) => {
    told.add(/"key":"([^"]+)"/.exec(JSON.stringify(event))?.[1] ?? '');
    return { kind: 'queued', requestId: 'local' };
  });
  await expect.poll(() => acknowledged.filter((key) => !told.has(key))).toEqual([]);

  // Each object has one file; what an interrupted put left is gone.
  const files = await readdir(path.join(directory, 'blobs'));
  expect(files).toHaveLength(told.size);
  await endpoint.close();
});
