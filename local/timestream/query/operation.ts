import type { Input } from '../input.ts';
import type { ResultPages } from './result-pages.ts';

interface ReadContext {
  readonly pages: ResultPages;
  readonly nowMs: number;
}

/** Returns the body of the answer; throws a refusal. */
export type ReadOperation = (context: ReadContext, input: Input) => object;
