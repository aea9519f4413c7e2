import { connect, type MqttClient } from 'mqtt';
import { isTopicIn } from './topics.ts';
import { IpcError } from './ipc-error.ts';
import type { NucleusKind } from './nucleus-kind.ts';

const RECONNECT_MS = 50;

/** The nucleus's own connection to the broker. */
export interface CloudLink {
  /** Throws {@link IpcError} where the nucleus would. */
  publish(topic: string, payload: Buffer, qos: 0 | 1): Promise<void>;
  /** Returns what ends it. */
  subscribe(filter: string, listener: (topic: string, payload: Buffer) => void): Promise<() => void>;
  isConnected(): boolean;
  /** The most publishes that were unacknowledged at a time. */
  inFlightMost(): number;
  close(): Promise<void>;
}

interface Spooled {
  readonly topic: string;
  readonly payload: Buffer;
}

/** Without an address there is no cloud at all. */
export function createCloudLink(kind: NucleusKind, url: string | undefined, clientId: string): CloudLink {
  const listeners = new Set<{ filter: string; listener: (topic: string, payload: Buffer) => void }>();
  const spool: Spooled[] = [];
  let inFlight = 0;
  let inFlightMost = 0;
  let broken = rejectable();

  const client: MqttClient | undefined =
    url === undefined
      ? undefined
      : connect(url, { clientId, reconnectPeriod: RECONNECT_MS, queueQoSZero: false, protocolVersion: 4 });
  client?.on('error', () => {});
  client?.on('message', (topic, payload) => {
    for (const { filter, listener } of listeners) if (isTopicIn(topic, filter)) listener(topic, payload);
  });
  client?.on('close', () => broken.reject(new IpcError('ServiceError', 'the core device went offline')));
  client?.on('connect', () => {
    broken = rejectable();
    for (const { topic, payload } of spool.splice(0)) client.publish(topic, payload, { qos: 1 });
  });

  function store(topic: string, payload: Buffer): void {
    const held = spool.reduce((bytes, each) => bytes + each.payload.length, 0);
    if (held + payload.length > kind.spoolBytesMax) throw new IpcError('ServiceError', 'the spooler has no room');
    spool.push({ topic, payload });
  }

  return {
    async publish(topic, payload, qos) {
      if (payload.length > kind.payloadBytesMax) throw new IpcError('ServiceError', 'the payload is too large');
      const keep = kind.spoolBytesMax > 0 && qos === 1;
      if (client?.connected !== true) {
        if (keep) return store(topic, payload);
        throw new IpcError('ServiceError', 'the core device is offline');
      }
      if (qos === 1 && inFlight >= kind.inFlightMax) throw new IpcError('ServiceError', 'too many are unacknowledged');
      inFlight += 1;
      inFlightMost = Math.max(inFlightMost, inFlight);
      try {
        await Promise.race([client.publishAsync(topic, payload, { qos }), broken.promise]);
      } catch (error) {
        if (!keep) throw error;
        store(topic, payload);
      } finally {
        inFlight -= 1;
      }
    },
    async subscribe(filter, listener) {
      const subscription = { filter, listener };
      listeners.add(subscription);
      if (client?.connected !== true && kind.spoolBytesMax === 0) {
        listeners.delete(subscription);
        throw new IpcError('ServiceError', 'the core device is offline');
      }
      await client?.subscribeAsync(filter, { qos: 1 });
      return () => listeners.delete(subscription);
    },
    isConnected: () => client?.connected === true,
    inFlightMost: () => inFlightMost,
    async close() {
      await client?.endAsync(true);
    },
  };
}

/** A promise that may be rejected while nobody waits for it. */
function rejectable(): PromiseWithResolvers<never> {
  const resolvers = Promise.withResolvers<never>();
  resolvers.promise.catch(() => {});
  return resolvers;
}
