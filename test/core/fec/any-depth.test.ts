import { describe, expect, it } from 'vitest';
import { decodeAtAnyDepth } from '../../../core/fec/decode-at-any-depth.ts';
import { decodeFrame } from '../../../core/fec/decode-frame.ts';
import { encodeFrame } from '../../../core/fec/encode-frame.ts';
import { DEPTHS, type Depth } from '../../../core/fec/link.ts';

function frameOf(payload: Uint8Array, depth: Depth): Uint8Array {
  const encoded = encodeFrame(payload, { depth });
  return encoded.ok ? Uint8Array.from(encoded.frame) : expect.fail('no frame');
}

describe('a frame of which nobody has said the depth', () => {
  it.each(DEPTHS)('is read at the depth that it has, %i, also where its header is damaged', (depth) => {
    for (const length of [0, 1, 7, 215, 216, 1000, 4096]) {
      const payload = Uint8Array.from({ length }, (_, index) => (index * 7 + length) & 0xff);
      const frame = frameOf(payload, depth);
      for (let at = 0; at < 8; at += 1) frame[at] = (frame[at] ?? 0) ^ 0xff;
      expect(decodeAtAnyDepth(frame)).toEqual({ ok: true, payload, depth, correctedBytes: 8 });
    }
  });

  it('beyond correction has the reason of its own depth', () => {
    const frame = frameOf(new Uint8Array(1000).fill(7), 5).fill(0, 100, 300);
    expect(decodeAtAnyDepth(frame)).toEqual(decodeFrame(frame, { depth: 5 }));
    expect(decodeAtAnyDepth(frame)).toMatchObject({ reason: 'fec-uncorrectable' });
  });

  it.each([0, 1, 39, 1001])('is none of %i bytes, and that is malformed or uncorrectable', (length) => {
    expect(decodeAtAnyDepth(new Uint8Array(length).fill(9))).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^(?:malformed|fec-uncorrectable)$/),
    });
  });

  it('of 2^24 bytes and more is too large for each of them', () => {
    expect(decodeAtAnyDepth(new Uint8Array(20_000_000))).toMatchObject({ reason: 'too-large' });
  });
});
