/** What a function's failure looks like to its caller. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** Why an invocation was not even tried, named as the Invoke API names it. */
export type RefusalReason =
  | 'ResourceNotFoundException'
  | 'RequestTooLargeException'
  | 'TooManyRequestsException'
  | 'ServiceException';

export type InvokeResult =
  /** `payload` is what the function returned, after its way through JSON. */
  | { readonly kind: 'returned'; readonly requestId: string; readonly payload: unknown }
  /** The function threw, timed out, ran out of memory, exited or could not be loaded. */
  | {
      readonly kind: 'failed';
      readonly requestId: string;
      readonly functionError: 'Unhandled';
      readonly payload: FunctionError;
    }
  | Refusal;

interface Refusal {
  readonly kind: 'refused';
  readonly reason: RefusalReason;
  readonly message: string;
}

/** What the caller of an asynchronous invocation is told. */
export type QueueResult = { readonly kind: 'queued'; readonly requestId: string } | Refusal;

export function refuse(reason: RefusalReason, message: string): Refusal {
  return { kind: 'refused', reason, message };
}

/**
 * A synchronous invocation's payloads: 6 MB each way. Lambda names 6291456 bytes when it refuses a request and
 * 6291556 when it refuses a response.
 * docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const REQUEST_BYTES_MAX = 6_291_456;
export const RESPONSE_BYTES_MAX = 6_291_556;

/** docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 1 MB for an asynchronous invocation. */
export const ASYNC_REQUEST_BYTES_MAX = 1_048_576;
