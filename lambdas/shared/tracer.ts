import { Tracer } from '@aws-lambda-powertools/tracer';

/**
 * For functions that answer one request with a few calls. Loading it turns on `async_hooks`, by which the X-Ray SDK
 * follows every promise: a function that makes hundreds of calls an invocation would spend more on that than on its
 * work, and X-Ray has a segment of each invocation anyway.
 */
export const tracer = new Tracer();
