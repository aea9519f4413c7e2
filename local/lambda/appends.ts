/** Tells a reader that waits at the tip of a shard of new records. */
export interface Appends {
  /** Forgets the appends up to now. */
  reset(): void;
  /** Resolves at the first append since the last reset, at once when there was one, and when the signal is aborted. */
  next(): Promise<void>;
  stop(): void;
}

/** `subscribe` calls its listener after each append, and gives what ends that. */
export function listenForAppends(subscribe: (listener: () => void) => () => void, signal: AbortSignal): Appends {
  let appended = Promise.withResolvers<void>();
  const listener = (): void => appended.resolve();
  signal.addEventListener('abort', listener);
  const unsubscribe = subscribe(listener);
  return {
    reset() {
      appended = Promise.withResolvers();
    },
    next: () => appended.promise,
    stop() {
      signal.removeEventListener('abort', listener);
      unsubscribe();
    },
  };
}
