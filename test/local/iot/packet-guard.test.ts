import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PACKET_BYTES_MAX } from '../../../local/iot/limits.ts';
import { createPacketScanner, guardPackets } from '../../../local/iot/packet-guard.ts';

/** A control packet after MQTT 3.1.1, 2.2: type, remaining length in groups of seven bits, body. */
function packet(type: number, body: Buffer): Buffer {
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest % 128) + (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([type << 4, ...length]), body]);
}

/** 3.8: packet identifier, then filters with their length before and their quality of service behind. */
function subscribe(filters: readonly string[]): Buffer {
  const parts = filters.map((filter) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(Buffer.byteLength(filter));
    return Buffer.concat([length, Buffer.from(filter), Buffer.from([1])]);
  });
  return packet(8, Buffer.concat([Buffer.from([0, 1]), ...parts]));
}

const PINGREQ = packet(12, Buffer.alloc(0));
const publishOf = (bytes: number): Buffer => packet(3, Buffer.alloc(bytes));
const filters = (count: number): string[] => Array.from({ length: count }, (_, index) => `f/${index}`);

describe('the packet scanner', () => {
  it.each([
    ['a packet at the limit', publishOf(PACKET_BYTES_MAX), undefined],
    ['a packet beyond', publishOf(PACKET_BYTES_MAX + 1), { what: 'packet in bytes', got: PACKET_BYTES_MAX + 1 }],
    ['8 filters', subscribe(filters(8)), undefined],
    ['9 filters', subscribe(filters(9)), { what: 'number of topic filters in one SUBSCRIBE', got: 9 }],
  ])('%s', (_name, bytes, expected) => {
    const violation = createPacketScanner()(bytes);
    expect(violation).toEqual(expected && expect.objectContaining(expected));
  });

  it('finds a packet too large by its header alone', () => {
    // 268,435,455 bytes, the most that MQTT can announce.
    expect(createPacketScanner()(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]))).toMatchObject({ got: 268_435_455 });
  });

  it('finds the same however the bytes are cut', () => {
    const aPacket = fc.oneof(
      fc.constant(PINGREQ),
      fc.integer({ min: 0, max: 300 }).map(publishOf),
      fc.integer({ min: 1, max: 10 }).map((count) => subscribe(filters(count))),
    );
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.array(aPacket, { maxLength: 8 }), cuts, (packets, sizes) => {
        const bytes = Buffer.concat(packets);
        const scanPieces = createPacketScanner();
        let found;
        for (let at = 0, piece = 0; at < bytes.length && found === undefined; piece += 1) {
          const size = sizes[piece % sizes.length] ?? 1;
          found = scanPieces(bytes.subarray(at, at + size));
          at += size;
        }
        const tooMany = packets.map(countedFilters).find((count) => count > 8);
        expect(found?.got).toBe(tooMany);
      }),
    );
  });
});

/** Filters here are `f/` and digits, so counting their prefix counts them. */
function countedFilters(bytes: Buffer): number {
  return bytes[0] === 0x80 ? bytes.toString('latin1').split('f/').length - 1 : 0;
}

describe('guardPackets', () => {
  it('passes bytes both ways, and ends when the other side does', async () => {
    const wire = new PassThrough();
    const guarded = guardPackets(wire, () => {});
    guarded.write(PINGREQ);
    const [echoed] = await once(guarded, 'data');
    expect(echoed).toEqual(PINGREQ);
    wire.destroy();
    await once(guarded, 'close');
  });

  it('destroys both sides at a violation, and passes none of it', async () => {
    const wire = new PassThrough();
    const violations: unknown[] = [];
    const guarded = guardPackets(wire, (violation) => violations.push(violation));
    guarded.on('data', () => expect.unreachable('nothing of it may pass'));
    wire.write(subscribe(filters(9)));
    await once(guarded, 'close');
    expect(violations).toHaveLength(1);
    expect(wire.destroyed).toBe(true);
  });
});
