/** The thread that answers queries, so that a long one keeps nobody from writing. */

import { workerData } from 'node:worker_threads';
import { cancelQuery } from './query/cancel-query.ts';
import type { ReadOperation } from './query/operation.ts';
import { query } from './query/query.ts';
import { createResultPages } from './query/result-pages.ts';
import { refuse } from './refusal.ts';
import { serveThread } from './serve-thread.ts';
import type { ThreadData } from './thread-protocol.ts';

const OPERATIONS: ReadonlyMap<string, ReadOperation> = new Map(
  Object.entries({ Query: query, CancelQuery: cancelQuery }),
);

const pages = createResultPages((workerData as ThreadData).path);

serveThread(
  (operation, input, nowMs) => {
    const perform = OPERATIONS.get(operation);
    return perform === undefined
      ? refuse('UnknownOperationException', `the local cloud does not support Timestream's ${operation}`)
      : perform({ pages, nowMs }, input);
  },
  () => pages.close(),
);
