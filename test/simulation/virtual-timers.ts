import type { Scheduler } from './scheduler.ts';

/** Lets the code under test wait in virtual time, while `run` runs. */
export async function withVirtualTimers<Result>(scheduler: Scheduler, run: () => Promise<Result>): Promise<Result> {
  const { setTimeout, setImmediate } = globalThis;
  const wait = (action: () => void, delayMs = 0): void => scheduler.after(delayMs, action);
  Object.assign(globalThis, { setTimeout: wait, setImmediate: (action: () => void) => wait(action) });
  try {
    return await run();
  } finally {
    Object.assign(globalThis, { setTimeout, setImmediate });
  }
}
