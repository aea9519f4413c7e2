import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { expect, it } from 'vitest';
import { type Contract, DATED_KEY, type Failure, UUID } from './contract.ts';

interface DiscardedBatch {
  readonly KinesisBatchInfo: Readonly<Record<string, unknown>>;
  /** The event that the function was given, as text. */
  readonly payload: string;
}

const SHARD = 'shardId-000000000000';
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html and …/services-kinesis-batchfailurereporting.html
 *
 * What went through leaves no trace in these APIs, so that a record is missing from what failed says that it did.
 */
export function mappingCases(contract: () => Contract): void {
  it('halves a batch that fails until the record is alone, which goes to the destination', async () => {
    const [, poison] = await put(contract(), ['before', 'poison', 'behind']);
    const { key, record } = await failureWith(contract(), 'Bisecting', 'poison');
    const { outputs, name } = contract();
    expect(key).toMatch(new RegExp(`^aws/lambda/${outputs['Bisecting']}/${SHARD}/${DATED_KEY}$`));
    expect(record).toMatchObject({
      version: '1.0',
      timestamp: expect.stringMatching(ISO_TIME),
      requestContext: {
        requestId: expect.stringMatching(new RegExp(`^${UUID}$`)),
        functionArn: outputs['Consuming'],
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: expect.any(Number),
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      KinesisBatchInfo: {
        shardId: SHARD,
        startSequenceNumber: poison,
        endSequenceNumber: poison,
        approximateArrivalOfFirstRecord: expect.stringMatching(ISO_TIME),
        approximateArrivalOfLastRecord: expect.stringMatching(ISO_TIME),
        batchSize: 1,
        streamArn: expect.stringMatching(new RegExp(`:stream/${name}$`)),
      },
    });
    expect(textsOf(record)).toEqual(['poison']);
  });

  it('takes what stands before the reported record as done, and tells of no error of the function', async () => {
    const [, bad] = await put(contract(), ['fine', 'bad']);
    const { record } = await failureWith(contract(), 'Bisecting', 'bad');
    expect(record).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted' },
      responseContext: { statusCode: 200, executedVersion: '$LATEST' },
      KinesisBatchInfo: { startSequenceNumber: bad, endSequenceNumber: bad, batchSize: 1 },
    });
    expect(record).not.toHaveProperty('responseContext.functionError');
    expect(textsOf(record)).toEqual(['bad']);
  });

  /** docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html */
  it('hands over only what a filter lets through, and passes over the rest, JSON or not', async () => {
    const [one, other] = ['{"topic":"a/frames","n":1}', '{"n":2,"topic":"b/frames"}'];
    const dropped = [
      'no JSON',
      '{"topic":"a/frames/fec"}',
      '{"topic":7}',
      '"a/frames"',
      '{"data":{"topic":"a/frames"}}',
    ];
    await put(contract(), [dropped[0], one, ...dropped.slice(1), other].map(String));
    const { record } = await failureWith(contract(), 'Filtering', one);
    expect(textsOf(record)).toEqual([one, other]);
  });
}

/** One partition key, so that the order is kept. Gives the sequence numbers. */
async function put({ kinesis, name }: Contract, texts: readonly string[]): Promise<(string | undefined)[]> {
  const { Records: records = [] } = await kinesis.send(
    new PutRecordsCommand({
      StreamName: name,
      Records: texts.map((text) => ({ Data: Buffer.from(text), PartitionKey: 'k' })),
    }),
  );
  return records.map(({ SequenceNumber }) => SequenceNumber);
}

function failureWith({ failure, outputs }: Contract, mapping: string, text: string): Promise<Failure> {
  const encoded = Buffer.from(text).toString('base64');
  return failure(`aws/lambda/${outputs[mapping]}/`, (body) => body.includes(encoded));
}

function textsOf(record: unknown): string[] {
  const { Records: records } = JSON.parse((record as DiscardedBatch).payload) as {
    Records: readonly { readonly kinesis: { readonly data: string } }[];
  };
  return records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
}
