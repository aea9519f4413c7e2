import { once } from 'node:events';
import { connect } from 'node:net';

/** Control packets of MQTT 3.1.1 with their flags (2.2). */
const CONNECT = 0x10;
const CONNACK = 0x20;
const PUBLISH_QOS_1 = 0x32;
const PUBACK = 0x40;
/** Every packet for a client that only connects and publishes has so many: CONNACK (3.2) and PUBACK (3.4). */
const ANSWER_BYTES = 4;
const PACKET_ID_MAX = 0xffff;
const CLEAN_SESSION = 0x02;
/** No pings: the broker then waits far longer than a load lasts. */
const KEEP_ALIVE_S = 0;

/** A device's connection: MQTT at QoS 1 over a socket of its own. */
export interface MqttPublisher {
  /** What is published in one turn of the event loop shares a write. At most 65,535 may be unacknowledged. */
  publish(topic: string, payload: string, onAcknowledged: () => void): void;
  end(): void;
}

/**
 * Connects to `mqtt://host:port`. It speaks the little that a load needs, because a whole client takes as much of the
 * CPUs that it shares with what it measures as a third of the path. Rejects when it is refused.
 */
export async function connectPublisher(mqttUrl: string, clientId: string): Promise<MqttPublisher> {
  const { hostname, port } = new URL(mqttUrl);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const unacknowledged = new Map<number, () => void>();
  const connected = Promise.withResolvers<void>();
  let packetId = 0;
  let unread: Buffer = Buffer.alloc(0);

  const answered = (type: number, low: number, id: number): void => {
    if (type === CONNACK) {
      // The low byte is the return code (3.2.2.3).
      if (low === 0) connected.resolve();
      else connected.reject(new Error(`the broker refused ${clientId} with return code ${low}`));
      return;
    }
    const acknowledge = type === PUBACK ? unacknowledged.get(id) : undefined;
    if (!acknowledge)
      throw new Error(`the broker sent ${clientId} a packet of type ${type} for ${id}; expected PUBACK`);
    unacknowledged.delete(id);
    acknowledge();
  };
  socket.on('data', (chunk: Buffer) => {
    const bytes = unread.length > 0 ? Buffer.concat([unread, chunk]) : chunk;
    let at = 0;
    for (; at + ANSWER_BYTES <= bytes.length; at += ANSWER_BYTES) {
      answered(bytes.readUInt8(at), bytes.readUInt8(at + 3), bytes.readUInt16BE(at + 2));
    }
    unread = bytes.subarray(at);
  });
  socket.on('error', connected.reject);
  socket.on('close', () => connected.reject(new Error(`the broker closed the connection of ${clientId}`)));

  await once(socket, 'connect');
  socket.write(connectPacket(clientId));
  await connected.promise;
  return {
    publish(topic, payload, onAcknowledged) {
      packetId = (packetId % PACKET_ID_MAX) + 1;
      if (unacknowledged.has(packetId)) throw new Error(`${clientId} has no packet identifier left`);
      unacknowledged.set(packetId, onAcknowledged);
      if (socket.writableCorked === 0) {
        socket.cork();
        process.nextTick(() => socket.uncork());
      }
      socket.write(publishPacket(topic, packetId, payload));
    },
    end: () => socket.destroy(),
  };
}

/** 3.1: the protocol's name and level, no will, no user. */
function connectPacket(clientId: string): Buffer {
  const header = Buffer.from([0, 4, ...Buffer.from('MQTT'), 4, CLEAN_SESSION, 0, KEEP_ALIVE_S]);
  return packet(CONNECT, [header, ...prefixed(clientId)]);
}

/** 3.3: the topic, the packet identifier, then the payload. */
function publishPacket(topic: string, packetId: number, payload: string): Buffer {
  return packet(PUBLISH_QOS_1, [...prefixed(topic), uint16(packetId), Buffer.from(payload)]);
}

function packet(type: number, parts: readonly Uint8Array[]): Buffer {
  let remaining = parts.reduce((sum, { length }) => sum + length, 0);
  const header = [type];
  // Seven bits a byte, the lowest first (2.2.3).
  do {
    header.push((remaining & 0x7f) | (remaining > 0x7f ? 0x80 : 0));
    remaining >>= 7;
  } while (remaining > 0);
  return Buffer.concat([Buffer.from(header), ...parts]);
}

/** A string with its length before it (1.5.3). */
function prefixed(text: string): readonly Uint8Array[] {
  const bytes = Buffer.from(text);
  return [uint16(bytes.length), bytes];
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}
