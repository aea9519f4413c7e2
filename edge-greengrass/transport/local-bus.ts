import type { LocalBus } from '../ports.ts';

/** A bus within this process, for a gateway that runs without a nucleus: whoever subscribes hears, the publisher too. */
export function createLocalBus(): LocalBus {
  const listeners = new Map<string, ((payload: Uint8Array) => void)[]>();
  return {
    async publish(topic, payload) {
      for (const listener of listeners.get(topic) ?? []) listener(payload);
    },
    async subscribe(topic, listener) {
      listeners.set(topic, [...(listeners.get(topic) ?? []), listener]);
    },
  };
}
