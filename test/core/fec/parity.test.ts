/** The code against libfec's: vectors that it made once, and, where it is installed, whatever comes to mind. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { correctCodeword, damage, drawBytes, drawPlaces, encodeCodeword } from '../../../bench/fec/codewords.ts';
import { buildLibfec } from '../../../bench/fec/libfec.ts';
import { seededRandom } from '../../../bench/support/random.ts';
import { generatorPolynomial } from '../../../core/fec/code.ts';
import { computeParity } from '../../../core/fec/parity.ts';
import { parityOf } from './oracle.ts';

const VECTORS = new URL('../../vectors/rs-255-223-libfec.txt', import.meta.url);
const directory = mkdtempSync(path.join(tmpdir(), 'cityweave-libfec-'));
const libfec = buildLibfec(directory);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function parity(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(32);
  computeParity(data, 0, 1, data.length, bytes);
  return bytes;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('parity', () => {
  const vectors = readFileSync(VECTORS, 'utf8')
    .split('\n')
    .filter((line) => /^[0-9a-f]/.test(line))
    .map((line) => line.split(' '));

  it('is what libfec made, byte for byte', () => {
    expect(vectors).toHaveLength(30);
    for (const [data = '', expected] of vectors) expect(hex(parity(Buffer.from(data, 'hex')))).toBe(expected);
  });

  it('is the remainder of long division, whatever the data and however short', () => {
    const anyData = fc.uint8Array({ minLength: 1, maxLength: 223 });
    fc.assert(
      fc.property(anyData, (data) => {
        expect([...parity(data)]).toEqual(parityOf([...data]));
      }),
      { numRuns: 300 },
    );
  });

  it('is that of every n-th byte only, where codewords are interleaved', () => {
    const bytes = drawBytes(seededRandom(1), 8 * 223 + 100);
    for (const stride of [1, 2, 3, 4, 5, 8]) {
      for (const dataBytes of [1, 7, 8, 9, 222, 223]) {
        const picked = Array.from({ length: dataBytes }, (_, index) => bytes[77 + index * stride] ?? 0);
        const actual = new Uint8Array(32);
        computeParity(bytes, 77, stride, dataBytes, actual);
        expect([...actual]).toEqual(parityOf(picked));
      }
    }
  });

  it('comes of a polynomial that reads the same backwards', () => {
    const generator = [...generatorPolynomial()];
    expect(generator).toEqual(generator.toReversed());
    expect(generator).toHaveLength(33);
  });
});

describe.skipIf(!libfec)(
  `beside libfec${libfec ? '' : ' (skipped: no C compiler, or libfec-dev is not installed)'}`,
  () => {
    const random = seededRandom(2);

    it('has the parity of libfec for data of any length', () => {
      const data = Array.from({ length: 2000 }, () => drawBytes(random, 1 + Math.floor(random() * 223)));
      const answers = libfec?.(['parity'], `${data.map(hex).join('\n')}\n`)
        .trim()
        .split('\n');
      expect(data.map((bytes) => hex(parity(bytes)))).toEqual(answers);
    });

    it('corrects what libfec corrects, to the same, and nothing that libfec gives up', () => {
      const received = Array.from({ length: 2000 }, () => damagedCodeword(random));
      const lines = received.map(({ codeword, erasures }) => [hex(codeword), ...erasures].join(' '));
      const answers =
        libfec?.(['correct'], `${lines.join('\n')}\n`)
          .trim()
          .split('\n') ?? [];
      const outcomes = received.map(({ codeword, erasures }, index) => {
        const data = new Uint8Array(223);
        const own = correctCodeword(codeword, data, erasures).ok ? hex(data) : 'too many';
        return { own, libfec: libfecOutcome(answers[index] ?? '', codeword, erasures) };
      });
      expect(outcomes.filter(({ own, libfec }) => own !== libfec)).toEqual([]);
      expect(outcomes.filter(({ own }) => own === 'too many').length).toBeGreaterThan(200);
    });
  },
);

/** libfec also answers with codewords further away than 2e + s ≤ 32, where there may be others as near. */
function libfecOutcome(answer: string, received: Uint8Array, erasures: readonly number[]): string {
  const [located, corrected = ''] = answer.split(' ');
  if (located === '-1') return 'too many';
  const errors = Buffer.from(corrected, 'hex').filter((byte, at) => byte !== received[at] && !erasures.includes(at));
  return 2 * errors.length + erasures.length > 32 ? 'too many' : corrected.slice(0, 2 * 223);
}

/** With 0 to 32 erasures, and as many errors as can be corrected beside them, or up to three more. */
function damagedCodeword(random: () => number) {
  const codeword = new Uint8Array(255);
  codeword.set(drawBytes(random, 223));
  encodeCodeword(codeword);
  const erased = Math.floor(random() * 33);
  const errors = Math.floor(random() * (4 + (32 - erased) / 2));
  const places = drawPlaces(random, erased + errors);
  for (const place of places) damage(random, codeword, place);
  return { codeword, erasures: places.slice(0, erased) };
}
