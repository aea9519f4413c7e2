import { once } from 'node:events';
import { createConnection } from 'node:net';
import { crc32 } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { createPacketReader, encodePacket, TYPES } from './packets.ts';
import { startForTest } from './start-for-test.ts';

/** A packet put together by hand, from the description of the format and nothing else. */
function packetOf(headers: readonly Buffer[], payload: string): Buffer {
  const body = Buffer.concat([...headers, Buffer.from(payload)]);
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(12 + body.length + 4, 0);
  prelude.writeUInt32BE(Buffer.concat(headers).length, 4);
  const unchecked = Buffer.concat([prelude, checksum(prelude), body]);
  return Buffer.concat([unchecked, checksum(unchecked)]);
}

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum;
}

function integer(name: string, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.of(4), bytes]);
}

function text(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.of(7, 0, value.length), Buffer.from(value)]);
}

function common(type: number, flags: number, streamId: number): Buffer[] {
  return [integer(':message-type', type), integer(':message-flags', flags), integer(':stream-id', streamId)];
}

async function open(socketPath: string, authToken: string) {
  const socket = createConnection(socketPath);
  onTestFinished(() => void socket.destroy());
  socket.write(packetOf([...common(TYPES.connect, 0, 0), text(':version', '0.1.0')], JSON.stringify({ authToken })));
  return socket;
}

it('reads and writes packets as the format has them', () => {
  const bytes = packetOf([...common(0, 2, 7), text('operation', 'aws.greengrass#X')], '{"a":1}');
  const packet = { type: 0, flags: 2, streamId: 7, headers: { operation: 'aws.greengrass#X' }, body: { a: 1 } };
  expect(Buffer.from(encodePacket(packet))).toEqual(bytes);
  const read = createPacketReader(10_000);
  expect([...bytes].flatMap((byte) => read(Buffer.of(byte)))).toEqual([packet]);
});

it('accepts a component that it knows, and answers its ping', async () => {
  const { socketPath, component } = await startForTest();
  const socket = await open(socketPath, component.svcuid);
  const [accepted] = await once(socket, 'data');
  expect(accepted).toEqual(packetOf(common(TYPES.connectAck, 1, 0), ''));
  socket.write(packetOf(common(TYPES.ping, 0, 0), ''));
  const [pong] = await once(socket, 'data');
  expect(pong).toEqual(packetOf(common(TYPES.pong, 0, 0), ''));
});

it('closes on a packet that is damaged', async () => {
  const { socketPath, component } = await startForTest();
  const socket = await open(socketPath, component.svcuid);
  await once(socket, 'data');
  const damaged = packetOf(common(TYPES.ping, 0, 0), '');
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
  socket.write(damaged);
  await once(socket, 'close');
});
