import { createHash } from 'node:crypto';
import { connectAsync, type MqttClient } from 'mqtt';

/** As many devices as IoT Core's 100 publishes a second and connection make worth while. */
const CONNECTIONS = 16;
/** Publishes without a PUBACK, over all connections: enough to keep the path busy, few enough to lose little time on a stop. */
const IN_FLIGHT_MAX = 512;

export interface Publisher {
  /** Resolves when the publish may be followed by the next; the PUBACK is awaited by `drained`. */
  publish(topic: string, payload: string): Promise<void>;
  /** Resolves when every publish is acknowledged. Rejects with the first that failed. */
  drained(): Promise<void>;
  acknowledged(): number;
  /** Connections lost and taken up again: their unacknowledged publishes went out twice. */
  reconnects(): number;
  close(): Promise<void>;
}

/** Publishes at QoS 1. A topic always takes the same connection, so what is published on it stays in order. */
export async function createPublisher(mqttUrl: string, clientIdPrefix: string): Promise<Publisher> {
  let reconnects = 0;
  let acknowledged = 0;
  let failure: Error | undefined;
  const inFlight = new Set<Promise<void>>();
  const clients = await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, index) => {
      const client = await connectAsync(
        mqttUrl,
        { clientId: `${clientIdPrefix}-${index}`, reconnectPeriod: 500 },
        false,
      );
      return client.on('reconnect', () => reconnects++);
    }),
  );
  return {
    async publish(topic, payload) {
      if (failure) throw failure;
      const sent = clientFor(clients, topic)
        .publishAsync(topic, payload, { qos: 1 })
        .then(
          () => void acknowledged++,
          (error: Error) => void (failure ??= error),
        )
        .finally(() => inFlight.delete(sent));
      inFlight.add(sent);
      if (inFlight.size >= IN_FLIGHT_MAX) await Promise.race(inFlight);
    },
    async drained() {
      await Promise.all(inFlight);
      if (failure) throw failure;
    },
    acknowledged: () => acknowledged,
    reconnects: () => reconnects,
    async close() {
      await Promise.all(clients.map((client) => client.endAsync()));
    },
  };
}

function clientFor(clients: readonly MqttClient[], topic: string): MqttClient {
  const place = createHash('sha256').update(topic).digest().readUInt32BE(0) % clients.length;
  const client = clients[place];
  if (!client) throw new RangeError(`connection ${place} of ${clients.length}`);
  return client;
}
