import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, type LocalMapping, startMapping } from './local-mapping.ts';
import { createMemoryStream, type MemoryStream, shardIdOf, STREAM_ARN } from './memory-stream.ts';

let stream: MemoryStream;
let mapping: LocalMapping;

beforeEach(() => {
  stream = createMemoryStream();
});

afterEach(() => mapping.close());

/** Writes what it was given, throws at `poison`, reports `bad`. */
const FAILING = `
  import { appendFileSync } from 'node:fs';
  export const handler = async ({ Records }) => {
    const texts = Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
    appendFileSync(process.env.SEEN_FILE, JSON.stringify(texts) + '\\n');
    if (texts.includes('poison')) throw new Error('poison');
    const bad = Records[texts.indexOf('bad')]?.kinesis.sequenceNumber;
    return { batchItemFailures: bad === undefined ? [] : [{ itemIdentifier: bad }] };
  };`;

const TO_S3 = { DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::failures' } } };

const batches = (): string[][] => mapping.seen<string[]>();
const records = () => [...mapping.local.objects.values()].map((body) => JSON.parse(body));
const textsOf = ({ payload }: { payload: string }): string[] =>
  JSON.parse(payload).Records.map(({ kinesis }: { kinesis: { data: string } }) =>
    Buffer.from(kinesis.data, 'base64').toString(),
  );

describe('a batch that is given up', () => {
  it('goes to the bucket as the documented record, with the whole event', async () => {
    const [first, last] = stream.append([{ data: 'poison' }, { data: 'beside' }]);
    mapping = await startMapping(stream, FAILING, { ...TO_S3, MaximumRetryAttempts: 1 });

    await eventually(() => mapping.local.objects.size).toBe(1);
    const [[key, body] = ['', '']] = [...mapping.local.objects];
    // docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
    const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
    const dated = String.raw`\d{4}/\d\d/\d\d/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d`;
    expect(key).toMatch(new RegExp(`^failures/aws/lambda/${uuid}/${shardIdOf(0)}/${dated}-${uuid}$`));
    const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(JSON.parse(body)).toEqual({
      requestContext: {
        requestId: expect.stringMatching(new RegExp(`^${uuid}$`)),
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:recording',
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 2,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: isoTime,
      KinesisBatchInfo: {
        shardId: shardIdOf(0),
        startSequenceNumber: first,
        endSequenceNumber: last,
        approximateArrivalOfFirstRecord: isoTime,
        approximateArrivalOfLastRecord: isoTime,
        batchSize: 2,
        streamArn: STREAM_ARN,
      },
      payload: expect.any(String),
    });
    expect(textsOf(JSON.parse(body))).toEqual(['poison', 'beside']);
  });

  it('holds what is left behind the checkpoint, without a function error, when it was reported', async () => {
    stream.append([{ data: 'good' }, { data: 'bad' }, { data: 'after' }]);
    mapping = await startMapping(stream, FAILING, { ...TO_S3, MaximumRetryAttempts: 1 });

    await eventually(() => records().map(textsOf)).toEqual([['bad', 'after']]);
    expect(records()[0].responseContext).toEqual({ statusCode: 200, executedVersion: '$LATEST' });
    expect(batches()).toEqual([
      ['good', 'bad', 'after'],
      ['bad', 'after'],
    ]);
  });

  it('is the bad record alone with bisection, and nothing else is lost', async () => {
    stream.append(['0', '1', 'poison', '3'].map((data) => ({ data })));
    mapping = await startMapping(stream, FAILING, {
      ...TO_S3,
      MaximumRetryAttempts: 2,
      BisectBatchOnFunctionError: true,
    });

    await eventually(() => batches().at(-1)).toEqual(['3']);
    expect(records().map(textsOf)).toEqual([['poison']]);
    // Splitting takes no retry: alone it is tried once and then again twice.
    expect(batches().filter((batch) => batch.join() === 'poison')).toHaveLength(3);
    expect(records()[0].requestContext.approximateInvokeCount).toBe(3);
  });

  it('was never invoked when it is too old', async () => {
    stream.append([
      { data: 'old', arrivedMsAgo: 61_000 },
      { data: 'young', arrivedMsAgo: 0 },
    ]);
    mapping = await startMapping(stream, FAILING, { ...TO_S3, MaximumRecordAgeInSeconds: 60 });

    await eventually(batches).toEqual([['young']]);
    expect(records().map(textsOf)).toEqual([['old']]);
    expect(records()[0].requestContext).toMatchObject({ condition: 'RecordAgeExceeded', approximateInvokeCount: 0 });
    expect(records()[0].responseContext).toBeUndefined();
  });

  it('grows too old while it is retried', async () => {
    stream.append([{ data: 'poison', arrivedMsAgo: 58_500 }]);
    mapping = await startMapping(stream, FAILING, { ...TO_S3, MaximumRecordAgeInSeconds: 60 });

    await eventually(() => records().length).toBe(1);
    expect(records()[0].requestContext.condition).toBe('RecordAgeExceeded');
    expect(records()[0].requestContext.approximateInvokeCount).toBe(batches().length);
  });

  it('holds the checkpoint until the bucket has it', async () => {
    let isFull = true;
    const kept: string[] = [];
    const putObject = async (_: string, __: string, body: string): Promise<void> => {
      if (isFull) throw new Error('no room');
      kept.push(body);
    };
    stream.append([{ data: 'poison' }]);
    const properties = { ...TO_S3, MaximumRetryAttempts: 0, BatchSize: 1 };
    mapping = await startMapping(stream, FAILING, properties, { putObject });
    stream.append([{ data: 'behind' }]);
    await eventually(() => mapping.local.lines.some((line) => line.includes('no room'))).toBe(true);
    expect(batches()).toEqual([['poison']]);

    await mapping.restart(properties);
    await eventually(batches).toEqual([['poison'], ['poison']]);
    isFull = false;

    await eventually(batches).toEqual([['poison'], ['poison'], ['behind']]);
    expect(kept.map((body) => textsOf(JSON.parse(body)))).toEqual([['poison']]);
  });
});

describe('a function that is throttled', () => {
  it('costs no retry: the batch waits', async () => {
    stream.append([{ data: 'waiting' }]);
    mapping = await startMapping(
      stream,
      FAILING,
      { ...TO_S3, MaximumRetryAttempts: 0 },
      {},
      {
        ReservedConcurrentExecutions: 0,
      },
    );

    await eventually(() => mapping.local.lines.filter((line) => line.includes('TooManyRequests')).length).toBe(2);
    expect(mapping.local.objects.size).toBe(0);
  });
});
