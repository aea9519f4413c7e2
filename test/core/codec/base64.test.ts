import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../../core/codec/base64.ts';

describe('decodeBase64', () => {
  it('reads what Node.js writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes);
      }),
    );
  });

  it.each(['A', 'AA', 'AAA', 'AA=', 'A===', 'AA==AA==', 'AA-_', ' AAAA', 'AAAA\n'])('refuses %j', (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});
