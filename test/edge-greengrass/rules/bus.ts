import type { LocalBus } from '../../../edge-greengrass/ports.ts';

/** A bus within the process that loses what it is told to lose. */
export function busWithin(isLost: (topic: string) => boolean = () => false): LocalBus {
  const listeners = new Map<string, ((payload: Uint8Array) => void)[]>();
  return {
    async publish(topic, payload) {
      if (isLost(topic)) return;
      for (const listener of listeners.get(topic) ?? []) setImmediate(listener, payload);
    },
    async subscribe(topic, listener) {
      listeners.set(topic, [...(listeners.get(topic) ?? []), listener]);
    },
  };
}
