import { connect, ErrorWithSubackPacket } from 'mqtt';
import { createBackoff } from '../../adapters/backoff.ts';
import type { Transport } from '../../ports.ts';
import { createGate } from '../gate.ts';
import { createLine } from '../line.ts';
import type { MqttSettings } from '../settings.ts';
import { TransportError } from '../transport-error.ts';
import { clientOptions } from './client-options.ts';
import { isTopicIn } from './topic-filter.ts';

const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 60_000;

/** AWS IoT Core lets 100 publishes a second through on a connection; at 100 ms a round trip that is 10 in flight. */
const IN_FLIGHT_MAX = 16;

interface MqttTransportOptions {
  readonly settings: MqttSettings;
  readonly log: (line: string) => void;
  /** From 0 to 1. */
  readonly random?: () => number;
  readonly retryFirstMs?: number;
}

interface Subscription {
  readonly filter: string;
  readonly listener: (topic: string, payload: Uint8Array) => void;
}

/**
 * The line as MQTT 3.1.1 over mutual TLS, under the thing's name as the client id. It comes back by itself, with waits
 * that grow and differ from gateway to gateway, and keeps its session so that commands sent meanwhile arrive.
 */
export function createMqttTransport(options: MqttTransportOptions): Transport {
  const { settings, log, random = Math.random, retryFirstMs = RETRY_FIRST_MS } = options;
  const line = createLine();
  const gate = createGate({ line, payloadBytesMax: settings.payloadBytesMax, inFlightMax: () => IN_FLIGHT_MAX });
  const backoff = createBackoff(retryFirstMs, RETRY_MAX_MS, random);
  const subscriptions = new Set<Subscription>();
  let isClosed = false;
  let retry: NodeJS.Timeout | undefined;
  /** Of the present connection: rejected when it breaks. */
  let broken = rejectable();

  const client = connect(settings.url, clientOptions(settings));
  client.on('connect', () => {
    backoff.reset();
    broken = rejectable();
    line.set(true);
    for (const subscription of subscriptions) {
      subscribe(subscription).catch((error: unknown) => log(`${settings.url}: ${String(error)}`));
    }
  });
  client.on('message', (topic, payload) => {
    for (const { filter, listener } of subscriptions) if (isTopicIn(topic, filter)) listener(topic, payload);
  });
  client.on('error', (error) => log(`the line to ${settings.url}: ${error.message}`));
  client.on('close', () => {
    broken.reject(new TransportError('line-down', `the line to ${settings.url} broke`));
    line.set(false);
    if (isClosed) return;
    clearTimeout(retry);
    retry = setTimeout(() => client.reconnect(), backoff.nextMs());
  });

  /** Rejects where the broker does not allow it; a line that breaks meanwhile subscribes again when it is back. */
  async function subscribe(subscription: Subscription): Promise<void> {
    const { filter } = subscription;
    try {
      await Promise.race([client.subscribeAsync(filter, { qos: 1 }), broken.promise]);
    } catch (cause) {
      if (!(cause instanceof ErrorWithSubackPacket)) return;
      subscriptions.delete(subscription);
      throw new TransportError('not-authorized', `subscribing to ${filter}: the broker does not allow it`, { cause });
    }
  }

  return {
    payloadBytesMax: settings.payloadBytesMax,
    publish: (topic, payload) =>
      gate.pass(topic, payload, async () => {
        try {
          await Promise.race([client.publishAsync(topic, Buffer.from(payload), { qos: 1 }), broken.promise]);
        } catch (error) {
          if (error instanceof TransportError) throw error;
          throw new TransportError('line-down', `publishing to ${topic}: ${String(error)}`, { cause: error });
        }
      }),
    async subscribe(filter, listener) {
      const subscription = { filter, listener };
      subscriptions.add(subscription);
      if (client.connected) await subscribe(subscription);
    },
    isUp: () => line.isUp(),
    onLine: (listener) => line.onChange(listener),
    async close() {
      isClosed = true;
      clearTimeout(retry);
      // By force: otherwise it waits for acknowledgements, which over a dead line never come.
      await client.endAsync(true);
    },
  };
}

/** A promise that may be rejected while nobody waits for it. */
function rejectable(): PromiseWithResolvers<never> {
  const resolvers = Promise.withResolvers<never>();
  resolvers.promise.catch(() => {});
  return resolvers;
}
