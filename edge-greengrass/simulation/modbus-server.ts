import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { RegisterConfig } from '../config/gateway-config.ts';

/** Modbus messaging on TCP/IP V1.0b, section 3.1.3: the header before the function code. */
const HEADER_BYTES = 7;
const REQUEST_BYTES = HEADER_BYTES + 5;
const ILLEGAL_FUNCTION = 1;
const ILLEGAL_DATA_ADDRESS = 2;

const TABLES: ReadonlyMap<number, RegisterConfig['kind']> = new Map([
  [1, 'coil'],
  [2, 'discrete-input'],
  [3, 'holding-register'],
  [4, 'input-register'],
]);

export interface ModbusServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * A device that answers reads: `read` gives a bit as 0 or 1, a register as 16 bits, and `undefined` for what is not there.
 * It is quick, because at 100 Hz the device must not be what is late.
 */
export async function startModbusServer(
  read: (kind: RegisterConfig['kind'], address: number) => number | undefined,
): Promise<ModbusServer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay();
    let pending = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      pending = Buffer.concat([pending, bytes]);
      for (; pending.length >= REQUEST_BYTES; pending = pending.subarray(REQUEST_BYTES)) {
        socket.write(answerTo(pending.subarray(0, REQUEST_BYTES), read));
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function answerTo(
  request: Buffer,
  read: (kind: RegisterConfig['kind'], address: number) => number | undefined,
): Buffer {
  const code = request.readUInt8(HEADER_BYTES);
  const kind = TABLES.get(code);
  if (!kind) return withHeader(request, Buffer.of(code | 0x80, ILLEGAL_FUNCTION));
  const address = request.readUInt16BE(HEADER_BYTES + 1);
  const values = Array.from({ length: request.readUInt16BE(HEADER_BYTES + 3) }, (_, place) =>
    read(kind, address + place),
  );
  if (values.includes(undefined)) return withHeader(request, Buffer.of(code | 0x80, ILLEGAL_DATA_ADDRESS));
  const data = code <= 2 ? packBits(values) : packRegisters(values);
  return withHeader(request, Buffer.concat([Buffer.of(code, data.length), data]));
}

function withHeader(request: Buffer, pdu: Buffer): Buffer {
  const header = Buffer.from(request.subarray(0, HEADER_BYTES));
  header.writeUInt16BE(pdu.length + 1, 4);
  return Buffer.concat([header, pdu]);
}

/** The first one in the lowest bit. */
function packBits(values: readonly (number | undefined)[]): Buffer {
  const data = Buffer.alloc(Math.ceil(values.length / 8));
  for (const [place, value] of values.entries()) {
    if (value) data.writeUInt8(data.readUInt8(place >> 3) | (1 << (place & 7)), place >> 3);
  }
  return data;
}

function packRegisters(values: readonly (number | undefined)[]): Buffer {
  const data = Buffer.alloc(2 * values.length);
  for (const [place, value = 0] of values.entries()) data.writeUInt16BE(value & 0xffff, 2 * place);
  return data;
}
