import { type Message, EventStreamCodec } from '@smithy/eventstream-codec';

const CODEC = new EventStreamCodec(
  (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

/** Total length, length of the headers and their checksum. */
const PRELUDE_BYTES = 12;

export const TYPES = {
  application: 0,
  error: 1,
  ping: 2,
  pong: 3,
  connect: 4,
  connectAck: 5,
} as const;

export const FLAGS = { connectionAccepted: 1, terminateStream: 2 } as const;

/** One message of event-stream RPC. */
export interface Packet {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Throws where a packet is larger than `packetBytesMax` or damaged; `bytes` may hold any part of the stream. */
export function createPacketReader(packetBytesMax: number): (bytes: Buffer) => Packet[] {
  let held = Buffer.alloc(0);
  return (bytes) => {
    held = Buffer.concat([held, bytes]);
    const packets: Packet[] = [];
    while (held.length >= PRELUDE_BYTES) {
      const length = held.readUInt32BE(0);
      if (length > packetBytesMax) throw new Error(`a packet of ${length} bytes; at most ${packetBytesMax} are taken`);
      if (held.length < length) break;
      packets.push(packetOf(CODEC.decode(held.subarray(0, length))));
      held = held.subarray(length);
    }
    return packets;
  };
}

function packetOf({ headers, body }: Message): Packet {
  const number = (name: string): number => {
    const header = headers[name];
    if (header?.type !== 'integer') throw new Error(`a packet without the integer ${name}`);
    return header.value;
  };
  const texts = Object.entries(headers).flatMap(([name, { type, value }]) =>
    type === 'string' ? [[name, value]] : [],
  );
  return {
    type: number(':message-type'),
    flags: number(':message-flags'),
    streamId: number(':stream-id'),
    headers: Object.fromEntries(texts),
    body: body.length === 0 ? undefined : JSON.parse(Buffer.from(body).toString('utf8')),
  };
}

export function encodePacket({ type, flags, streamId, headers, body }: Packet): Uint8Array {
  const texts = Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }]);
  return CODEC.encode({
    headers: {
      ':message-type': { type: 'integer', value: type },
      ':message-flags': { type: 'integer', value: flags },
      ':stream-id': { type: 'integer', value: streamId },
      ...Object.fromEntries(texts),
    },
    body: body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body), 'utf8'),
  });
}
