import { pause } from './pause.ts';

/** Waits until the work has ended, well or not, but no longer than that. */
export async function settleWithin(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  const settled = new AbortController();
  const settle = (): void => settled.abort();
  await Promise.race([work.then(settle, settle), pause(timeoutMs, settled.signal)]);
}
