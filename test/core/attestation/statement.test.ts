import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { keyIdOf } from '../../../core/attestation/key-id.ts';
import { contentHash, statementHash, statementOf } from '../../../core/attestation/statement.ts';
import { decodeFrame } from '../../../core/sync/decode-frame.ts';
import { encodeFrame } from '../../../core/sync/encode-frame.ts';
import { EXAMPLE } from '../sync/frames.ts';
import { DEVICE, KEY_ID, SPKI, VECTORS } from './vectors.ts';

describe('a statement', () => {
  it.each(VECTORS)('is what another implementation signed: $statement', ({ reading, attestation, ...expected }) => {
    const statement = statementOf(DEVICE, reading, attestation);
    expect(Buffer.from(statement).toString('utf8')).toBe(expected.statement);
    expect(Buffer.from(statementHash(statement)).toString('hex')).toBe(expected.statementHash);
    expect(contentHash(reading)).toEqual(sha256(utf8ToBytes(expected.content)));
  });

  it('is the same after its reading has travelled in a frame', () => {
    const readings = VECTORS.map(({ reading, attestation }) => ({ ...reading, attestation }));
    const decoded = decodeFrame(encodeFrame({ ...EXAMPLE, kind: 'delta', readings }));
    if (!decoded.ok || decoded.frame.kind === 'heartbeat') throw new Error('no frame');
    expect(decoded.frame.readings).toEqual(readings.map((reading) => ({ ...reading, attestation: expect.anything() })));
    expect(
      decoded.frame.readings.map(
        (reading) => reading.attestation && Buffer.from(statementOf(DEVICE, reading, reading.attestation)).toString(),
      ),
    ).toEqual(VECTORS.map(({ statement }) => statement));
  });
});

it('a key is known by the hash of its public half', () => {
  expect(keyIdOf(SPKI)).toBe(KEY_ID);
});
