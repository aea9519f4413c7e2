import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalLambda, startLocalLambda } from './local-lambda.ts';
import { createMemoryStream, type MemoryStream, shardIdOf, STREAM_ARN } from './memory-stream.ts';

/** Appends what it was given to a file, one line an invocation, and does what the records' data say. */
const RECORDING = `
  import { appendFileSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  const failed = new Set();
  export const handler = async (event) => {
    const texts = event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
    appendFileSync(process.env.SEEN_FILE, JSON.stringify(texts) + '\\n');
    const once = texts.findIndex((text) => text.startsWith('fail-once') && !failed.has(text));
    if (once >= 0) failed.add(texts[once]);
    if (texts.includes('poison')) throw new Error('poison');
    if (texts.includes('exit-once') && !failed.has('exit')) process.exit(1);
    if (texts.includes('slow')) await sleep(400);
    return once < 0 ? { batchItemFailures: [] } : {
      batchItemFailures: [{ itemIdentifier: event.Records[once].kinesis.sequenceNumber }],
    };
  };`;

let directory: string;
let seenFile: string;
let stream: MemoryStream;
let local: LocalLambda;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-mapping-'));
  seenFile = path.join(directory, 'seen');
  await appendFile(seenFile, '');
  stream = createMemoryStream(2);
});

afterEach(async () => {
  await local.close();
  await rm(directory, { recursive: true, force: true });
});

async function start(properties: Record<string, unknown> = {}, source = RECORDING): Promise<void> {
  local = await startLocalLambda({ streams: stream, directory });
  await local.deploy(
    'recording',
    { 'index.mjs': source },
    { Environment: { Variables: { SEEN_FILE: seenFile } }, Timeout: 10 },
  );
  await local.map({
    FunctionName: 'recording',
    EventSourceArn: STREAM_ARN,
    StartingPosition: 'TRIM_HORIZON',
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ...properties,
  });
  await local.lambda.startPolling();
}

/** The batches that the function was given, in order. */
async function seen(): Promise<string[][]> {
  const lines = (await readFile(seenFile, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line));
}

/** Waits long enough for a machine that is busy with other things. */
const eventually = <T>(look: () => Promise<T>) => expect.poll(look, { interval: 5, timeout: 20_000 });

const numbered = (count: number): { data: string }[] => Array.from({ length: count }, (_, n) => ({ data: String(n) }));
const texts = (count: number): string[] => numbered(count).map(({ data }) => data);

describe('an event', () => {
  it('has the documented shape', async () => {
    await start(
      {},
      `import { writeFileSync } from 'node:fs';
      export const handler = async (event) => writeFileSync(process.env.SEEN_FILE, JSON.stringify(event));`,
    );
    const beforeMs = Date.now();
    const [sequenceNumber] = stream.append([{ key: 'straße', data: Buffer.from([0, 0xff, 0x80]) }], 1);

    await eventually(() => readFile(seenFile, 'utf8')).toMatch(/\]\}$/);
    const event = JSON.parse(await readFile(seenFile, 'utf8'));

    // docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
    expect(event).toEqual({
      Records: [
        {
          kinesis: {
            kinesisSchemaVersion: '1.0',
            partitionKey: 'straße',
            sequenceNumber,
            data: 'AP+A',
            approximateArrivalTimestamp: expect.any(Number),
          },
          eventSource: 'aws:kinesis',
          eventVersion: '1.0',
          eventID: `${shardIdOf(1)}:${sequenceNumber}`,
          eventName: 'aws:kinesis:record',
          invokeIdentityArn: 'arn:aws:iam::000000000000:role/test',
          awsRegion: 'us-east-1',
          eventSourceARN: STREAM_ARN,
        },
      ],
    });
    const arrivedSeconds = event.Records[0].kinesis.approximateArrivalTimestamp;
    expect(arrivedSeconds * 1000).toBeGreaterThanOrEqual(beforeMs);
    expect(arrivedSeconds * 1000).toBeLessThanOrEqual(Date.now());
  });
});

describe('batches', () => {
  it('hold at most BatchSize records, in order', async () => {
    stream.append(numbered(25));
    await start({ BatchSize: 10 });

    await eventually(async () => (await seen()).length).toBe(3);
    const batches = await seen();
    expect(batches.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(batches.flat()).toEqual(texts(25));
  });

  it('hold at most 6 MB of event, base64 included', async () => {
    // 4 of these are 5.6 MB in base64; a fifth would go beyond.
    stream.append(Array.from({ length: 9 }, () => ({ data: 'x'.repeat(1024 * 1024) })));
    await start(
      { BatchSize: 1000 },
      RECORDING.replace('JSON.stringify(texts)', 'JSON.stringify(texts.map((it) => String(it.length)))'),
    );

    await eventually(async () => (await seen()).flat().length).toBe(9);
    expect((await seen()).map(({ length }) => length)).toEqual([4, 4, 1]);
  });

  it('start soon after an append when there is no window', async () => {
    await start();
    stream.append([{ data: 'warm' }]);
    await eventually(async () => (await seen()).length).toBe(1);

    const appendedMs = Date.now();
    stream.append([{ data: 'next' }]);
    await eventually(async () => (await seen()).length).toBe(2);
    expect(Date.now() - appendedMs).toBeLessThan(1000);
  });

  it('wait for their window to pass', async () => {
    await start({ MaximumBatchingWindowInSeconds: 1 });
    const appendedMs = Date.now();
    stream.append([{ data: 'a' }]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    stream.append([{ data: 'b' }]);

    await eventually(seen).toEqual([['a', 'b']]);
    expect(Date.now() - appendedMs).toBeGreaterThanOrEqual(990);
  });

  it('do not wait for their window when they are full', async () => {
    await start({ MaximumBatchingWindowInSeconds: 300, BatchSize: 2 });
    stream.append([{ data: 'a' }, { data: 'b' }]);

    await eventually(seen).toEqual([['a', 'b']]);
  });

  it('do not wait for their window when they hold 6 MB', async () => {
    const megabytes = Array.from({ length: 5 }, () => ({ data: 'x'.repeat(1024 * 1024) }));
    await start(
      { MaximumBatchingWindowInSeconds: 300, BatchSize: 10_000 },
      RECORDING.replace('JSON.stringify(texts)', 'JSON.stringify(texts.map((it) => String(it.length)))'),
    );
    stream.append(megabytes.slice(0, 4));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await seen()).toEqual([]);

    stream.append(megabytes.slice(4));

    await eventually(async () => (await seen()).map(({ length }) => length)).toEqual([4]);
  });

  it('fill while the one before runs', async () => {
    await start();
    stream.append([{ data: 'slow' }]);
    await eventually(async () => (await seen()).length).toBe(1);
    for (const record of numbered(20)) {
      stream.append([record]);
      await new Promise(setImmediate);
    }

    await eventually(async () => (await seen()).length).toBe(2);
    expect(await seen()).toEqual([['slow'], texts(20)]);
  });

  it('of two shards run side by side, those of one shard in turn', async () => {
    await start({ BatchSize: 1 });
    stream.append([{ data: 'slow' }, { data: 'behind slow' }], 0);
    stream.append([{ data: 'other shard' }], 1);

    await eventually(async () => (await seen()).length).toBe(3);
    expect((await seen()).flat().at(-1)).toBe('behind slow');
  });
});

describe('failures', () => {
  it('that are reported are retried from the lowest record on', async () => {
    stream.append([{ data: '0' }, { data: 'fail-once' }, { data: '2' }, { data: '3' }]);
    await start();

    await eventually(seen).toEqual([
      ['0', 'fail-once', '2', '3'],
      ['fail-once', '2', '3'],
    ]);
  });

  it('that are thrown repeat the whole batch, in the way of all that follows', async () => {
    stream.append([{ data: '0' }, { data: 'poison' }]);
    await start({ BatchSize: 2 });
    stream.append([{ data: 'behind' }]);

    await eventually(async () => (await seen()).length).toBeGreaterThanOrEqual(3);
    expect(new Set((await seen()).map((batch) => batch.join()))).toEqual(new Set(['0,poison']));
    expect(local.lines.some((line) => line.includes('ingest -> recording') && line.includes('Error: poison'))).toBe(
      true,
    );
  });

  it('end when MaximumRetryAttempts is reached, and what is given up is named', async () => {
    const [, poison] = stream.append([{ data: '0' }, { data: 'poison' }]);
    await start({ BatchSize: 2, MaximumRetryAttempts: 1 });
    stream.append([{ data: 'behind' }]);

    await eventually(seen).toEqual([['0', 'poison'], ['0', 'poison'], ['behind']]);
    expect(local.lines.some((line) => line.includes('gave up 2 records') && line.includes(String(poison)))).toBe(true);
  });

  it('are isolated by BisectBatchOnFunctionError', async () => {
    const data = ['0', '1', '2', 'poison', '4', '5', '6', '7'];
    stream.append(data.map((text) => ({ data: text })));
    await start({ BatchSize: 8, BisectBatchOnFunctionError: true, MaximumRetryAttempts: 0 });
    stream.append([{ data: 'behind' }]);

    await eventually(async () => (await seen()).at(-1)).toEqual(['behind']);
    expect(await seen()).toEqual([
      data,
      ['0', '1', '2', 'poison'],
      ['0', '1'],
      ['2', 'poison'],
      ['2'],
      ['poison'],
      ['4', '5', '6', '7'],
      ['behind'],
    ]);
    expect(local.lines.filter((line) => line.includes('gave up'))).toEqual([
      expect.stringContaining('gave up 1 record'),
    ]);
  });

  it('skip records older than MaximumRecordAgeInSeconds', async () => {
    stream.append([
      { data: 'too old', arrivedMsAgo: 61_000 },
      { data: 'young', arrivedMsAgo: 59_000 },
    ]);
    await start({ MaximumRecordAgeInSeconds: 60 });

    await eventually(seen).toEqual([['young']]);
  });
});

describe('checkpoints', () => {
  it('make a restart go on behind what was done', async () => {
    stream.append(numbered(3));
    await start();
    await eventually(async () => (await seen()).flat().length).toBe(3);
    await local.close();

    stream.append([{ data: 'after restart' }]);
    await start();

    await eventually(async () => (await seen()).flat()).toEqual([...texts(3), 'after restart']);
  });

  it('are behind the failed record while it is retried', async () => {
    stream.append([{ data: '0' }, { data: '1' }]);
    stream.append([{ data: 'poison' }]);
    await start({ BatchSize: 2 });
    await eventually(async () => (await seen()).length).toBeGreaterThanOrEqual(2);
    await local.close();
    const before = (await seen()).length;

    await start({ BatchSize: 2 });

    await eventually(async () => (await seen()).length).toBeGreaterThan(before);
    expect((await seen())[before]).toEqual(['poison']);
  });

  it('are written while it runs, so that a process that is killed repeats little', async () => {
    const sequenceNumbers = stream.append(numbered(3));
    await start();
    const written = path.join(directory, 'data', 'lambda');

    const read = async (): Promise<unknown> => {
      const [file = 'none yet'] = await readdir(written);
      return JSON.parse(await readFile(path.join(written, file), 'utf8').catch(() => '{}'));
    };
    await eventually(read).toMatchObject({ [shardIdOf(0)]: sequenceNumbers[2] });
  });

  it('begin at the tip of an empty shard with LATEST, and miss nothing after a restart', async () => {
    await start({ StartingPosition: 'LATEST' });
    await local.close();
    stream.append([{ data: 'while stopped' }]);

    await start({ StartingPosition: 'LATEST' });

    await eventually(seen).toEqual([['while stopped']]);
  });

  it('begin at the tip with LATEST, and stay there after a restart', async () => {
    stream.append(numbered(3));
    await start({ StartingPosition: 'LATEST' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    stream.append([{ data: 'new' }]);
    await eventually(seen).toEqual([['new']]);
    await local.close();
    stream.append([{ data: 'newer' }]);

    await start({ StartingPosition: 'LATEST' });

    await eventually(seen).toEqual([['new'], ['newer']]);
  });
});

describe('StartingPosition AT_TIMESTAMP', () => {
  it('begins at the first record that came then or later, and goes on behind it after a restart', async () => {
    stream.append([
      { data: 'hours ago', arrivedMsAgo: 7_200_000 },
      { data: 'half an hour ago', arrivedMsAgo: 1_800_000 },
    ]);
    const anHourAgo = { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: Date.now() / 1000 - 3600 };
    await start(anHourAgo);
    await eventually(seen).toEqual([['half an hour ago']]);
    await local.close();

    stream.append([{ data: 'now' }]);
    await start(anHourAgo);

    await eventually(seen).toEqual([['half an hour ago'], ['now']]);
  });
});

describe('a function that dies in mid-batch', () => {
  it('is given the batch again', async () => {
    // A fresh thread remembers nothing, so what happened is looked up in the file.
    const source = RECORDING.replace(
      `!failed.has('exit')`,
      `(await import('node:fs')).readFileSync(process.env.SEEN_FILE, 'utf8').split('\\n').length <= 2`,
    );
    stream.append([{ data: '0' }, { data: 'exit-once' }]);
    await start({}, source);

    await eventually(seen).toEqual([
      ['0', 'exit-once'],
      ['0', 'exit-once'],
    ]);
  });
});

describe('throughput', () => {
  it('is more than 5,000 records a second through one shard', async () => {
    const COUNT = 20_000;
    await start(
      {},
      `import { appendFileSync } from 'node:fs';
      export const handler = async ({ Records }) => appendFileSync(process.env.SEEN_FILE, '"' + Records.length + '"\\n');`,
    );
    const done = async (): Promise<number> => (await seen()).reduce((total, length) => total + Number(length), 0);
    stream.append([{ data: 'warm' }]);
    await eventually(done).toBe(1);

    const startedMs = performance.now();
    for (let appended = 0; appended < COUNT; appended += 50) {
      stream.append(Array.from({ length: 50 }, () => ({ data: 'x'.repeat(200) })));
      await new Promise(setImmediate);
    }
    await eventually(done).toBe(COUNT + 1);
    const seconds = (performance.now() - startedMs) / 1000;

    console.log(`${Math.round(COUNT / seconds)} records/s in ${(await seen()).length} batches`);
    expect(COUNT / seconds).toBeGreaterThan(5000);
  });
});

describe('a template that asks for what is not done', () => {
  it.each([
    ['FilterCriteria', { FilterCriteria: { Filters: [] } }],
    ['FilterCriteria', { FilterCriteria: { Filters: Array.from({ length: 6 }, () => ({ Pattern: '{"data":{}}' })) } }],
    ['Pattern', { FilterCriteria: { Filters: [{ Pattern: 'no JSON' }] } }],
    ['Pattern', { FilterCriteria: { Filters: [{ Pattern: '{"partitionKey":["k"]}' }] } }],
    ['numeric', { FilterCriteria: { Filters: [{ Pattern: '{"data":{"n":[{"numeric":["=",1]}]}}' }] } }],
    ['TumblingWindowInSeconds', { TumblingWindowInSeconds: 60 }],
    ['StartingPosition', { StartingPosition: 'NOW' }],
    ['EventSourceArn', { EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:queue' }],
    ['FunctionName', { FunctionName: 'absent' }],
    ['BatchSize', { BatchSize: 10_001 }],
    ['BatchSize', { BatchSize: 0 }],
    ['MaximumBatchingWindowInSeconds', { MaximumBatchingWindowInSeconds: 301 }],
    ['MaximumRetryAttempts', { MaximumRetryAttempts: 10_001 }],
    ['MaximumRecordAgeInSeconds', { MaximumRecordAgeInSeconds: 59 }],
    ['ParallelizationFactor', { ParallelizationFactor: 11 }],
    ['StartingPositionTimestamp', { StartingPosition: 'AT_TIMESTAMP' }],
    ['StartingPositionTimestamp', { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 4_000_000_000 }],
    ['StartingPositionTimestamp', { StartingPositionTimestamp: 1 }],
    ['Destination', { DestinationConfig: { OnFailure: { Destination: 'arn:aws:sns:us-east-1:000000000000:topic' } } }],
  ])('is refused by the name of %s', async (property, properties) => {
    local = await startLocalLambda({ streams: stream, directory });
    await local.deploy('recording', { 'index.mjs': RECORDING });
    const defaults = { FunctionName: 'recording', EventSourceArn: STREAM_ARN, StartingPosition: 'TRIM_HORIZON' };

    await expect(local.map({ ...defaults, ...properties })).rejects.toThrow(property);
  });
});
