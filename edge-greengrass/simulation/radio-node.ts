import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { protectionOf } from '../adapters/radio/adapter.ts';
import { createRadioSender, type RadioSender } from '../adapters/radio/sender.ts';
import type { AdapterConfig } from '../adapters/ports.ts';
import type { RadioLinkConfig } from '../config/gateway-config.ts';

const NUMBERS = 2 ** 32;

export interface RadioNode extends Pick<RadioSender, 'send'> {
  close(): Promise<void>;
}

/** A sensor node with a modem whose datagrams reach the gateway by UDP. */
export async function startRadioNode(
  node: string,
  link: RadioLinkConfig,
  config: Pick<AdapterConfig, 'radio'>,
  random: () => number,
): Promise<RadioNode> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  // A gateway that does not listen yet is one that does not answer.
  socket.on('error', () => {});
  const sender = createRadioSender({
    node,
    session: Math.floor(random() * NUMBERS),
    protection: protectionOf(config, link),
    retransmitsMax: config.radio.retransmitsMax,
    backoff: config.radio.backoff,
    transmit: (datagram) => socket.send(datagram, link.port, link.host, () => {}),
    random,
    after(ms, work) {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
  });
  socket.on('message', (datagram) => sender.receive(datagram));
  return {
    send: (body) => sender.send(body),
    async close() {
      sender.close();
      await new Promise<void>((resolve) => socket.close(resolve));
    },
  };
}

/** A UDP port of loopback that is free now. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}
