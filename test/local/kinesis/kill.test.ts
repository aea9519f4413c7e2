import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createStream } from '../../../local/kinesis/create-stream.ts';
import { createKinesis, type Kinesis } from '../../../local/kinesis/service.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const WRITER = fileURLToPath(new URL('append-until-killed.ts', import.meta.url));
const STREAM = 'killed';
const ACKNOWLEDGED_MIN = 5000;

/** Lets a process put records until it acknowledged some thousands, and kills it in the middle of that. */
async function acknowledgedUntilKilled(directory: string): Promise<string[]> {
  const child = spawn(process.execPath, [WRITER, directory, STREAM], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  let lines = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    lines += text.split('\n').length - 1;
    if (lines >= ACKNOWLEDGED_MIN) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
  // The last line may be cut short; then nobody was told.
  return printed.split('\n').slice(0, -1);
}

/** Every record of the stream, as the writer prints them. */
async function allRecords(kinesis: Kinesis): Promise<Set<string>> {
  const found = new Set<string>();
  for (const shardId of kinesis.shardIds(STREAM)) {
    let last: string | undefined;
    for (;;) {
      const records = await kinesis.readAfter(STREAM, shardId, last, { recordsMax: 10_000, bytesMax: 10_000_000 });
      if (records.length === 0) break;
      for (const { sequenceNumber, data } of records) found.add(`${data.toString()} ${shardId} ${sequenceNumber}`);
      last = records.at(-1)?.sequenceNumber;
    }
  }
  return found;
}

describe('a process that is killed in the middle of a load', () => {
  it('keeps every record that it acknowledged, three times over', async () => {
    const directory = await temporaryDirectory();
    const first = await createKinesis({ directory });
    await createStream(first.streams, { StreamName: STREAM, ShardCount: 2 });
    await first.close();

    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      acknowledged.push(...(await acknowledgedUntilKilled(directory)));
      const kinesis = await createKinesis({ directory });
      const found = await allRecords(kinesis);
      await kinesis.close();
      expect(acknowledged.filter((line) => !found.has(line))).toEqual([]);
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(3 * ACKNOWLEDGED_MIN);
    expect(new Set(acknowledged.map((line) => line.split(' ').slice(1).join(' '))).size).toBe(acknowledged.length);
  });
});
