/** What docs/formats.md shows is what the encoder makes, and what it says of the example holds. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../../core/fec/decode-frame.ts';
import { encodeFrame } from '../../../core/fec/encode-frame.ts';
import { parityOf, slowCrc32c } from './oracle.ts';

const page = readFileSync(new URL('../../../docs/formats.md', import.meta.url), 'utf8');

describe('docs/formats.md, FEC frame', () => {
  const [, dump = ''] = /### Example\n.*?```hex\n(.*?)```/s.exec(page) ?? [];
  const shown = dump
    .split('\n')
    .flatMap((line) => /^((?:[0-9a-f]{2} ?)+)(?: {3}|$)/.exec(line.trimEnd())?.[1]?.trim().split(' ') ?? [])
    .map((byte) => Number.parseInt(byte, 16));
  const payload = new TextEncoder().encode('spots: 61/577');

  it('shows the bytes of the encoder, which come back', () => {
    const encoded = encodeFrame(payload, { depth: 2 });
    expect(encoded.ok && [...encoded.frame]).toEqual(shown);
    expect(decodeFrame(Uint8Array.from(shown), { depth: 2 })).toEqual({ ok: true, payload, correctedBytes: 0 });
  });

  it('shows what its words say, by long division', () => {
    const content = shown.slice(0, 22);
    expect(content.slice(0, 4)).toEqual([1, 0, 0, 13]);
    expect(content.slice(4, 8).reduce((all, byte) => all * 256 + byte)).toBe(slowCrc32c(payload));
    for (const codeword of [0, 1]) {
      const ofCodeword = (bytes: readonly number[]) => bytes.filter((_, index) => index % 2 === codeword);
      expect(ofCodeword(shown.slice(22))).toEqual(parityOf(ofCodeword(content)));
      const inWords = (bytes: readonly number[]) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
      expect(page).toContain(inWords(ofCodeword(content)));
      expect(page).toContain(inWords(ofCodeword(shown.slice(22)).slice(0, 8)));
    }
  });
});
