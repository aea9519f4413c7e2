import {
  BatchExecuteStatementCommand,
  type BatchStatementError,
  type BatchStatementRequest,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { chunks } from './concurrency.ts';

/** DynamoDB's own limit (API Reference, BatchExecuteStatement). */
const STATEMENTS_MAX = 25;
/** Rounds over throttled statements before they fail. */
const ROUNDS_MAX = 6;
const BACKOFF_BASE_MS = 25;

/** What passes by itself, of the codes of BatchStatementError. */
const TRANSIENT_CODES: ReadonlySet<string | undefined> = new Set([
  'InternalServerError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
  'ThrottlingError',
  'TransactionConflict',
]);

interface Waiting {
  readonly statement: BatchStatementRequest;
  readonly resolve: (error: BatchStatementError | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs statements that write one item each. Those that are asked for in one turn of the event loop share calls, 25 to
 * a call: a call costs a function about as much work as 20 items do, and BatchWriteItem takes no conditions. Each
 * statement stands for itself; resolves with what it was refused for. Throws when DynamoDB does not answer or still
 * throttles after some rounds.
 */
export function batchStatements(
  dynamodb: DynamoDBClient,
): (statement: BatchStatementRequest) => Promise<BatchStatementError | undefined> {
  let waiting: Waiting[] = [];
  const send = (): void => {
    const batches = chunks(waiting, STATEMENTS_MAX);
    waiting = [];
    for (const batch of batches) {
      void runApart(dynamodb, batch).catch((error: unknown) => batch.forEach(({ reject }) => reject(error)));
    }
  };
  return (statement) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(send);
      waiting.push({ statement, resolve, reject });
    });
}

/** A call that DynamoDB refuses as a whole is run again one by one: one bad statement must not cost the others theirs. */
async function runApart(dynamodb: DynamoDBClient, batch: readonly Waiting[]): Promise<void> {
  try {
    await run(dynamodb, batch);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ValidationException') throw error;
    const [only] = batch;
    if (only && batch.length === 1) return only.resolve({ Code: 'ValidationError', Message: error.message });
    await Promise.all(batch.map((one) => runApart(dynamodb, [one]).catch((reason: unknown) => one.reject(reason))));
  }
}

async function run(dynamodb: DynamoDBClient, batch: readonly Waiting[]): Promise<void> {
  let pending = batch;
  for (let round = 0; pending.length > 0; round++) {
    if (round > 0) await new Promise((resolve) => setTimeout(resolve, BACKOFF_BASE_MS * 2 ** round));
    const { Responses: responses = [] } = await dynamodb.send(
      new BatchExecuteStatementCommand({ Statements: pending.map(({ statement }) => statement) }),
    );
    if (responses.length !== pending.length) {
      throw new Error(`DynamoDB answered ${responses.length} of ${pending.length} statements`);
    }
    const throttled: Waiting[] = [];
    for (const [index, one] of pending.entries()) {
      const error = responses[index]?.Error;
      if (!TRANSIENT_CODES.has(error?.Code)) one.resolve(error);
      else if (round + 1 < ROUNDS_MAX) throttled.push(one);
      else one.reject(new Error(`DynamoDB ${error?.Code} after ${ROUNDS_MAX} rounds: ${error?.Message}`));
    }
    pending = throttled;
  }
}
