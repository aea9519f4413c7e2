import { Duplex } from 'node:stream';
import { FILTERS_PER_SUBSCRIBE_MAX, PACKET_BYTES_MAX, type Violation } from './limits.ts';

/** Control packet type of SUBSCRIBE (MQTT 3.1.1, 2.2.1). */
const SUBSCRIBE = 8;

/** "Remaining Length" takes one to four bytes (MQTT 3.1.1, 2.2.3); what does not fit is the broker's to refuse. */
const LENGTH_BYTES_MAX = 4;

/**
 * Reads the fixed headers of a stream of control packets, for the two limits that the broker library cannot keep: a
 * packet too large is found before a byte of it is held in memory, and topic filters are counted per packet.
 * Returns the first violation of what it was given so far.
 */
export function createPacketScanner(): (chunk: Buffer) => Violation | undefined {
  let type = 0;
  let length = 0;
  let lengthBytes = -1;
  let remaining = 0;
  let body: Buffer[] = [];

  const readHeaderByte = (byte: number): Violation | undefined => {
    if (lengthBytes === -1) {
      type = byte >> 4;
      length = 0;
      lengthBytes = 0;
      return undefined;
    }
    length += (byte & 0x7f) * 128 ** lengthBytes;
    lengthBytes += 1;
    if ((byte & 0x80) !== 0 && lengthBytes < LENGTH_BYTES_MAX) {
      return undefined;
    }
    lengthBytes = -1;
    remaining = length;
    return length > PACKET_BYTES_MAX ? { what: 'packet in bytes', got: length, limit: PACKET_BYTES_MAX } : undefined;
  };

  const readBody = (part: Buffer): Violation | undefined => {
    remaining -= part.length;
    if (type !== SUBSCRIBE) {
      return undefined;
    }
    body.push(part);
    if (remaining > 0) {
      return undefined;
    }
    const filters = countFilters(Buffer.concat(body));
    body = [];
    return filters > FILTERS_PER_SUBSCRIBE_MAX
      ? { what: 'number of topic filters in one SUBSCRIBE', got: filters, limit: FILTERS_PER_SUBSCRIBE_MAX }
      : undefined;
  };

  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      const end = Math.min(at + remaining, chunk.length);
      const violation = remaining === 0 ? readHeaderByte(chunk[at] ?? 0) : readBody(chunk.subarray(at, end));
      if (violation !== undefined) {
        return violation;
      }
      at = end === at ? at + 1 : end;
    }
    return undefined;
  };
}

/** After the packet identifier come filters, each with its length before it and its quality of service behind (3.8.3). */
function countFilters(body: Buffer): number {
  let filters = 0;
  for (let at = 2; at + 2 <= body.length; at += 2 + body.readUInt16BE(at) + 1) {
    filters += 1;
  }
  return filters;
}

/** The stream behind the scanner: ends, with the violation told, at the first packet that breaks a limit. */
export function guardPackets(stream: Duplex, onViolation: (violation: Violation) => void): Duplex {
  const scan = createPacketScanner();
  const guarded = new Duplex({
    read: () => stream.resume(),
    write(chunk: Buffer, _encoding, done) {
      if (stream.write(chunk)) {
        done();
      } else {
        stream.once('drain', done);
      }
    },
    final(done) {
      stream.end(done);
    },
    destroy(error, done) {
      stream.destroy();
      done(error);
    },
  });
  stream.on('data', (chunk: Buffer) => {
    const violation = scan(chunk);
    if (violation !== undefined) {
      onViolation(violation);
      guarded.destroy();
    } else if (!guarded.push(chunk)) {
      stream.pause();
    }
  });
  stream.on('end', () => guarded.push(null));
  stream.on('error', (error) => guarded.destroy(error));
  stream.on('close', () => guarded.destroy());
  return guarded;
}
