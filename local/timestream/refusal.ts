/**
 * What a request is refused with. Operations are deep (a query is parsed by recursive descent), so they throw a refusal
 * and one place, where the answer is written, turns it into a value again.
 */

export type RefusalType =
  | 'ConflictException'
  | 'InternalServerException'
  | 'QueryExecutionException'
  | 'RejectedRecordsException'
  | 'ResourceNotFoundException'
  | 'SerializationException'
  | 'UnknownOperationException'
  | 'ValidationException';

export interface Refusal {
  readonly type: RefusalType;
  readonly message: string;
  /** Further members of the error's body. */
  readonly detail: Readonly<Record<string, unknown>>;
}

const HTTP_STATUS: Readonly<Record<RefusalType, number>> = {
  ConflictException: 409,
  InternalServerException: 500,
  QueryExecutionException: 400,
  RejectedRecordsException: 419,
  ResourceNotFoundException: 404,
  SerializationException: 400,
  UnknownOperationException: 400,
  ValidationException: 400,
};

/** Which of the thrown errors are refusals. */
const refusals = new WeakMap<Error, Refusal>();

export function refuse(type: RefusalType, message: string, detail: Refusal['detail'] = {}): never {
  const error = new Error(message);
  refusals.set(error, { type, message, detail });
  throw error;
}

/** The refusal that was thrown, or undefined for any other error. */
export function refusalOf(error: unknown): Refusal | undefined {
  return error instanceof Error ? refusals.get(error) : undefined;
}

export function statusOf(refusal: Refusal): number {
  return HTTP_STATUS[refusal.type];
}
