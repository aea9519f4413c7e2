/** What the local cloud and the thread that a function runs in say to each other. */

import type { FunctionError } from './invocation.ts';

/** `workerData`: what the runtime knows before the first invocation. */
export interface RuntimeStart {
  /** Directory of the deployed bundle. */
  readonly taskRoot: string;
  /** `file.export`, such as `index.handler`. */
  readonly handler: string;
  /** The identifier in the template, such as `nodejs24.x`. */
  readonly runtime: string;
  readonly functionName: string;
  readonly memorySizeMb: number;
  readonly logGroupName: string;
  readonly logStreamName: string;
}

export interface InvocationRequest {
  readonly requestId: string;
  /** JSON text. */
  readonly event: string;
  readonly deadlineMs: number;
  readonly invokedFunctionArn: string;
  /** X-Ray's trace header. */
  readonly traceHeader: string;
}

export type RuntimeMessage =
  /** The handler is loaded. */
  | { readonly kind: 'ready' }
  /** The handler cannot be loaded; the thread is of no use. */
  | { readonly kind: 'unloadable'; readonly error: FunctionError }
  /** `payload` is JSON text. */
  | { readonly kind: 'returned'; readonly requestId: string; readonly payload: string }
  | { readonly kind: 'threw'; readonly requestId: string; readonly error: FunctionError }
  /** Something that no handler awaits has failed; the thread ends. */
  | { readonly kind: 'crashed'; readonly error: FunctionError }
  | { readonly kind: 'output'; readonly text: string };
