import { connect, type IPublishPacket, type MqttClient } from 'mqtt';
import type { AdapterState } from '../../ports.ts';
import type { AdapterContext } from '../ports.ts';

const RECONNECT_MS = 1000;
const CONNECT_TIMEOUT_MS = 5000;
/** How often it is looked whether the streams are open. */
const WATCH_MS = 500;
/** What could not be kept is tried again after this; its sender waits for the acknowledgement meanwhile. */
const RETRY_MS = 1000;

interface MqttMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** The broker had kept it: nobody knows since when. */
  readonly isRetained: boolean;
}

export interface SubscriptionOptions {
  readonly url: string;
  /** The broker keeps for it what comes while it is away. */
  readonly clientId: string;
  readonly filter: string;
  /** Resolves when the message may be forgotten; rejects where it could not be kept now. */
  handle(message: MqttMessage): Promise<void>;
  /** Whether messages are wanted now. */
  isWanted(): boolean;
}

export interface Subscription {
  open(): void;
  state(): AdapterState;
  close(): Promise<void>;
}

/**
 * A subscription of QoS 1 in a session that outlives the connection (MQTT 3.1.1, section 4.4): a message is acknowledged
 * when it was handled, one after the other, so whoever publishes too fast fills the broker's queue and not ours, and what was
 * not acknowledged comes again. It has a connection of its own, so that one slow sensor holds up nobody else.
 */
export function createSubscription(options: SubscriptionOptions): Subscription {
  let client: MqttClient | undefined;
  let watch: NodeJS.Timeout | undefined;
  let isSubscribed = false;
  let isFailed = false;
  let isClosed = false;
  /** Of one connection; what an earlier one brought comes again. */
  let connection = 0;
  let turn: Promise<void> = Promise.resolve();

  function adjust(): void {
    if (!client?.connected) return;
    const isWanted = options.isWanted();
    if (isWanted === isSubscribed) return;
    isSubscribed = isWanted;
    // Unsubscribed, the broker keeps nothing for us: what nobody reads now must not pile up there.
    if (!isWanted) return void client.unsubscribe(options.filter);
    client.subscribe(options.filter, { qos: 1 }, (error) => {
      isFailed = Boolean(error);
      if (error) isSubscribed = false;
    });
  }

  function isCurrent(own: number): boolean {
    return own === connection && !isClosed;
  }

  async function handleUntilKept(message: MqttMessage, own: number): Promise<boolean> {
    while (isCurrent(own)) {
      try {
        await options.handle(message);
        // On another connection the number of this message may be another one's.
        return isCurrent(own);
      } catch {
        await new Promise((resolve) => void setTimeout(resolve, RETRY_MS).unref());
      }
    }
    return false;
  }

  function handleMessage({ topic, payload, retain }: IPublishPacket, acknowledge: () => void): void {
    const own = connection;
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    // A connection that broke while this one waited has its message sent again, and only then acknowledged.
    turn = turn.then(async () => {
      if (await handleUntilKept({ topic, payload: bytes, isRetained: retain }, own)) acknowledge();
    });
  }

  return {
    open() {
      client = connect(options.url, {
        clientId: options.clientId,
        clean: false,
        reconnectPeriod: RECONNECT_MS,
        connectTimeout: CONNECT_TIMEOUT_MS,
        resubscribe: false,
      });
      client.handleMessage = handleMessage;
      // Unheard, an error would end this process; the client connects again by itself.
      client.on('error', () => {});
      client.on('connect', () => {
        isSubscribed = false;
        adjust();
      });
      client.on('close', () => {
        connection += 1;
      });
      watch = setInterval(adjust, WATCH_MS);
    },
    state() {
      if (isClosed) return 'stopped';
      if (!options.isWanted()) return 'suspended';
      if (isFailed) return 'failed';
      return client?.connected ? 'running' : 'connecting';
    },
    async close() {
      isClosed = true;
      clearInterval(watch);
      // Forced: what is not acknowledged yet comes again, and nothing is to be waited for.
      await client?.endAsync(true);
    },
  };
}

/** Stable over restarts, so that the broker knows the session again. */
export function clientIdOf({ config }: Pick<AdapterContext, 'config'>, sensor: string): string {
  return `cityweave-${config.identity.assetId}-${sensor}`;
}
