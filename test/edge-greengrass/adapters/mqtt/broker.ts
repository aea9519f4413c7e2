/** The broker in the cabinet, on a free port of loopback. */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync, type IClientPublishOptions } from 'mqtt';

export interface Broker {
  readonly url: string;
  readonly aedes: Aedes;
  publish(topic: string, payload: string | Buffer, options?: IClientPublishOptions): Promise<void>;
  /** Ends all connections, as a broker that restarts with its sessions kept. */
  cut(): void;
  close(): Promise<void>;
}

export async function startBroker(): Promise<Broker> {
  const aedes = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    aedes.handle(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url,
    aedes,
    async publish(topic, payload, options = { qos: 1 }) {
      const client = await connectAsync(url);
      await client.publishAsync(topic, payload, options);
      await client.endAsync();
    },
    cut,
    async close() {
      cut();
      server.close();
      await once(server, 'close');
      await new Promise<void>((resolve) => aedes.close(resolve));
    },
  };
}
