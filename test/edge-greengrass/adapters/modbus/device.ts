/** A Modbus device: jsmodbus, which shares nothing with the client under test. */

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { ModbusTCPServer } from 'jsmodbus';

export interface ModbusDevice {
  readonly port: number;
  /** Bit n of byte m is discrete input 8m + n. */
  readonly discrete: Buffer;
  readonly input: Buffer;
  readonly holding: Buffer;
  /** Function code, address and quantity of each request, in order. */
  readonly requests: { fc: number; address: number; quantity: number }[];
  /** As when its cable is pulled. */
  cut(): void;
  close(): Promise<void>;
}

export async function startModbusDevice(port = 0): Promise<ModbusDevice> {
  const server = createServer();
  const { discrete, input, holding } = new ModbusTCPServer(server, {
    coils: Buffer.alloc(16),
    discrete: Buffer.alloc(16),
    input: Buffer.alloc(256),
    holding: Buffer.alloc(256),
  });
  const sockets = new Set<Socket>();
  const requests: ModbusDevice['requests'] = [];
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('data', (bytes) => noteRequests(bytes, requests));
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    discrete,
    input,
    holding,
    requests,
    cut,
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

/** MBAP header of 7 bytes, then function code, address and quantity. */
function noteRequests(bytes: Buffer, requests: ModbusDevice['requests']): void {
  for (let at = 0; at + 12 <= bytes.length; at += 12) {
    requests.push({
      fc: bytes.readUInt8(at + 7),
      address: bytes.readUInt16BE(at + 8),
      quantity: bytes.readUInt16BE(at + 10),
    });
  }
}

/** A device that answers each request by the bytes that `answer` gives, or not at all, or hangs up. */
export async function startOddDevice(answer: (request: Buffer) => Buffer | 'hang up' | undefined) {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (request) => {
      const bytes = answer(request);
      if (bytes === 'hang up') socket.destroy();
      else if (bytes) socket.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Modbus application protocol V1.1b3, section 7: the function code with its highest bit set, and the exception. */
export function exceptionTo(request: Buffer, code: number): Buffer {
  const answer = Buffer.alloc(9);
  request.copy(answer, 0, 0, 8);
  answer.writeUInt16BE(3, 4);
  answer.writeUInt8(request.readUInt8(7) | 0x80, 7);
  answer.writeUInt8(code, 8);
  return answer;
}
