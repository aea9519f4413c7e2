import { setTimeout as delay } from 'node:timers/promises';

/** Ctrl-C ends everything within 5 s; the rest is for the process to exit. */
const STOP_TIMEOUT_MS = 4500;

/** What gets its turn when the time is up may still do what takes no time, such as giving back the data directory. */
const LATE_TURN_MS = 20;

export interface Shutdown {
  /** `close` runs at the end, before all that was added earlier. */
  add(what: string, close: () => Promise<void> | void): void;
  /** Closes everything once, also when called again. One that fails or hangs is named and does not keep the others. */
  run(): Promise<void>;
}

export function createShutdown(log: (line: string) => void, timeoutMs = STOP_TIMEOUT_MS): Shutdown {
  const closers: { readonly what: string; readonly close: () => Promise<void> | void }[] = [];
  let running: Promise<void> | undefined;

  const closeAll = async (): Promise<void> => {
    const timeIsUp = delay(timeoutMs, undefined, { ref: false });
    for (const { what, close } of closers.reverse()) {
      const closed = Promise.resolve()
        .then(close)
        .catch((error: unknown) =>
          log(`${what} did not close: ${error instanceof Error ? error.message : String(error)}`),
        );
      const overdue = timeIsUp.then(() => delay(LATE_TURN_MS, 'overdue' as const));
      if ((await Promise.race([closed, overdue])) === 'overdue') {
        log(`${what} takes too long to close and is left`);
      }
    }
  };

  return {
    add: (what, close) => void closers.push({ what, close }),
    run: () => (running ??= closeAll()),
  };
}
