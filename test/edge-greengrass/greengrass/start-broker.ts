import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { Aedes } from 'aedes';

/** Nobody may subscribe below it. */
export const FORBIDDEN = 'forbidden/';

interface Received {
  readonly topic: string;
  readonly payload: Buffer;
}

/** A broker in place of AWS IoT Core, whose acknowledgements can be held back, and which can be away for a while. */
export interface Broker {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** Client ids in the order in which they connected. */
  readonly connected: string[];
  publish(topic: string, payload: Uint8Array): Promise<void>;
  /** Publishes wait for their acknowledgement until {@link releaseAcknowledgements}. */
  holdAcknowledgements(): void;
  releaseAcknowledgements(): void;
  close(): Promise<void>;
}

/** With `tls`, clients must show a certificate of its CA. */
export async function startBroker(port = 0, tls?: TlsOptions): Promise<Broker> {
  const received: Received[] = [];
  const connected: string[] = [];
  const held: (() => void)[] = [];
  const sockets = new Set<Socket>();
  let isHolding = false;

  const aedes = await Aedes.createBroker({
    authorizePublish(_client, { topic, payload }, acknowledge) {
      received.push({ topic, payload: Buffer.from(payload) });
      if (isHolding) held.push(() => acknowledge(null));
      else acknowledge(null);
    },
  });
  aedes.authorizeSubscribe = (_client, subscription, answer) =>
    answer(null, subscription.topic.startsWith(FORBIDDEN) ? null : subscription);
  aedes.on('client', ({ id }) => connected.push(id));
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    aedes.handle(socket);
  };
  const server = tls === undefined ? createServer(accept) : createTlsServer({ ...tls, requestCert: true }, accept);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  const { port: listeningPort } = server.address() as AddressInfo;

  return {
    url: `${tls === undefined ? 'mqtt' : 'mqtts'}://127.0.0.1:${listeningPort}`,
    port: listeningPort,
    received,
    connected,
    publish: (topic, payload) =>
      new Promise((resolve, reject) => {
        const packet = {
          cmd: 'publish',
          topic,
          payload: Buffer.from(payload),
          qos: 1,
          retain: false,
          dup: false,
        } as const;
        aedes.publish(packet, (error) => (error ? reject(error) : resolve()));
      }),
    holdAcknowledgements() {
      isHolding = true;
    },
    releaseAcknowledgements() {
      isHolding = false;
      held.splice(0).forEach((acknowledge) => acknowledge());
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
    },
  };
}
