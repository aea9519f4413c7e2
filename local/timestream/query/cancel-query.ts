import { requireText } from '../input.ts';
import { refuse } from '../refusal.ts';
import type { ReadOperation } from './operation.ts';

/** Drops the pages that are left. A query that has been answered whole is no longer there to be cancelled. */
export const cancelQuery: ReadOperation = ({ pages }, input) => {
  const queryId = requireText(input, 'QueryId');
  return pages.cancel(queryId)
    ? { CancellationMessage: `The query ${queryId} is cancelled.` }
    : refuse('ValidationException', `The query ${queryId} is not running.`);
};
