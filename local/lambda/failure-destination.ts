import { randomUUID } from 'node:crypto';
import { isRecord } from '../is-record.ts';
import type { FunctionError, InvokeResult } from './invocation.ts';
import { pause } from './pause.ts';

/** Writes an object of the local S3. Rejects when the bucket is missing or the disk refuses. */
export type PutObject = (bucket: string, key: string, body: string) => Promise<void>;

/** A destination that cannot be written is tried again after this, and twice as long each time. */
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 10_000;

/**
 * The bucket that takes what is given up: `DestinationConfig.OnFailure.Destination`; undefined when there is none.
 * Throws when it is no bucket, or when successes are to be sent somewhere.
 */
export function readFailureBucket(properties: Readonly<Record<string, unknown>>): string | undefined {
  const { DestinationConfig: config = {} } = properties;
  if (!isRecord(config) || config.OnSuccess !== undefined) {
    throw new Error('DestinationConfig.OnSuccess is not supported by the local cloud');
  }
  const destination = isRecord(config.OnFailure) ? config.OnFailure.Destination : undefined;
  if (destination === undefined) {
    return undefined;
  }
  const [, bucket] = /^arn:[^:]+:s3:::([^/]+)$/.exec(typeof destination === 'string' ? destination : '') ?? [];
  if (bucket === undefined) {
    throw new Error(
      `DestinationConfig.OnFailure.Destination is ${JSON.stringify(destination)}; the local cloud takes the ARN of an S3 ` +
        'bucket only',
    );
  }
  return bucket;
}

/** `YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<UUID>`, the end of every key that Lambda gives a record in S3. */
export function datedKey(atMs: number): string {
  const [date = '', time = ''] = new Date(atMs).toISOString().split(/[T.]/);
  return `${date.replaceAll('-', '/')}/${date}T${time.replaceAll(':', '.')}-${randomUUID()}`;
}

export interface ResponseContext {
  readonly statusCode: number;
  readonly executedVersion: string;
  readonly functionError?: 'Unhandled';
}

/** How the function answered; undefined when it was not reached. */
export function responseContextOf(result: InvokeResult | undefined): ResponseContext | undefined {
  if (result === undefined || result.kind === 'refused') {
    return undefined;
  }
  const answered = { statusCode: 200, executedVersion: '$LATEST' };
  return result.kind === 'failed' ? { ...answered, functionError: result.functionError } : answered;
}

export function responsePayloadOf(result: InvokeResult | undefined): FunctionError | undefined {
  return result?.kind === 'failed' ? result.payload : undefined;
}

/** Tries `write` until it succeeds; gives whether it has before the signal was aborted. */
export async function persist(
  write: () => Promise<void>,
  onError: (error: unknown) => void,
  signal: AbortSignal,
): Promise<boolean> {
  for (let delayMs = RETRY_MS_MIN; !signal.aborted; delayMs = Math.min(RETRY_MS_MAX, delayMs * 2)) {
    try {
      await write();
      return true;
    } catch (error) {
      onError(error);
      await pause(delayMs, signal);
    }
  }
  return false;
}
