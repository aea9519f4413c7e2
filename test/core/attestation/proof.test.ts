import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkProof } from '../../../core/attestation/proof.ts';
import type { AttestationKey } from '../../../core/ports.ts';
import { p256Verifier } from '../../../lambdas/shared/attestation/p256-verifier.ts';
import { DEVICE, KEY, proofOf, SPKI, type Vector, VECTORS } from './vectors.ts';

const verify = p256Verifier();
const vector = VECTORS[1] as Vector;
const { reading, attestation } = vector;

describe('a proof', () => {
  it.each(VECTORS)('holds that another implementation made: $statement', (each) => {
    const checked = checkProof(proofOf(each), KEY, verify);
    expect(checked).toEqual({ ok: true, hash: new Uint8Array(Buffer.from(each.statementHash, 'hex')) });
  });

  it('holds with the second form of its signature, which is the same statement', () => {
    const { otherSignature: signature, statementHash } = vector;
    const checked = checkProof(proofOf(vector, { attestation: { ...attestation, signature } }), KEY, verify);
    expect(checked).toEqual({ ok: true, hash: new Uint8Array(Buffer.from(statementHash, 'hex')) });
  });

  it.each([
    ['another asset', { assetId: 'bus-51' }],
    ['another type', { assetType: 'Bus' }],
    ['another sensor', { sensor: 'gps-2' }],
    ['a later time', { stamp: reading.stamp + 1_000_000n }],
    ['another value', { attributes: new Map([...reading.attributes, ['speed', 8.5]]) }],
    ['a value less', { attributes: new Map([...reading.attributes].slice(1)) }],
    ['a value more', { attributes: new Map([...reading.attributes, ['heading', 90]]) }],
    ['a value of another kind', { attributes: new Map([...reading.attributes, ['speed', '8.25']]) }],
    ['another longitude', { position: { ...reading.position, longitude: -1.8930124 } }],
    ['another latitude', { position: { ...reading.position, latitude: 52.4773986 } }],
    ['another altitude', { position: { ...reading.position, altitude: 140.26 } }],
    ['no altitude', { position: { longitude: -1.8930123, latitude: 52.4773987 } }],
    ['other dots seen', { seen: new Map([...reading.seen, ['speed', new Map([['odometer', 1n]])]]) }],
    ['a dot less seen', { seen: new Map([...reading.seen].slice(1)) }],
    ['an infinite value', { attributes: new Map([['speed', Number.POSITIVE_INFINITY]]) }],
    ['a name that ends the text', { attributes: new Map([['speed":8.25,"x', 1]]) }],
  ])('does not hold for %s', (_what, changes) => {
    expect(checkProof(proofOf(vector, changes), KEY, verify)).toMatchObject({ reason: 'attestation-invalid' });
  });

  it.each([
    ['boot', { bootId: attestation.bootId + 1n }],
    ['counter', { counter: attestation.counter + 1_000_000n }],
    ['time of the fix', { gnssAtMs: attestation.gnssAtMs + 1 }],
    ['precision', { hdop: 0.84 }],
    ['number of satellites', { satellites: 12 }],
    ['hash before it', { previousHash: Buffer.alloc(32, 1) }],
    ['signature', { signature: Buffer.from(attestation.signature).fill(0, 40, 41) }],
    ['key', { keyId: 'another' }],
  ])('does not hold for another %s', (_what, changes) => {
    const changed = proofOf(vector, { attestation: { ...attestation, ...changes } });
    expect(checkProof(changed, KEY, verify)).toMatchObject({ reason: 'attestation-invalid' });
  });

  it('does not hold for another gateway with the same key', () => {
    const stolen = { ...proofOf(vector), device: `${DEVICE}8` };
    expect(checkProof(stolen, KEY, verify)).toMatchObject({ reason: 'attestation-invalid' });
  });

  it('does not hold without a position', () => {
    const { position: _gone, ...rest } = proofOf(vector).reading;
    const checked = checkProof({ device: DEVICE, reading: rest }, KEY, verify);
    expect(checked).toMatchObject({ reason: 'attestation-invalid', detail: 'an attestation without a position' });
  });

  it('does not hold where the counter is not that of the dot, even if it is signed', () => {
    const { stamp } = reading;
    const moved = proofOf(vector, { stamp: stamp + 1n });
    expect(checkProof(moved, KEY, () => true)).toMatchObject({
      detail: `counter ${attestation.counter} does not belong to stamp ${stamp + 1n}`,
    });
    const first = proofOf(vector, { stamp: stamp - 2n, attestation: { ...attestation, counter: 0n } });
    expect(checkProof(first, KEY, () => true)).toMatchObject({ reason: 'attestation-invalid' });
  });

  it.each([
    ['hash', { previousHash: Buffer.alloc(31) }],
    ['hash', { previousHash: Buffer.alloc(33) }],
    ['signature', { signature: Buffer.alloc(63) }],
    ['signature', { signature: Buffer.alloc(65) }],
    ['signature of zeros', { signature: Buffer.alloc(64) }],
  ])('does not hold with a wrong %s', (_what, changes) => {
    const changed = proofOf(vector, { attestation: { ...attestation, ...changes } });
    expect(checkProof(changed, KEY, verify)).toMatchObject({ reason: 'attestation-invalid' });
  });
});

describe('a key', () => {
  const spkiOf = (publicKey: { export(options: { type: 'spki'; format: 'der' }): Buffer }): Uint8Array =>
    publicKey.export({ type: 'spki', format: 'der' });
  const keyWith = (changes: Partial<AttestationKey>) => checkProof(proofOf(vector), { ...KEY, ...changes }, verify);

  it('must be registered', () => {
    expect(checkProof(proofOf(vector), undefined, verify)).toMatchObject({
      reason: 'attestation-invalid',
      detail: `key "${attestation.keyId}" is not registered for gw-7`,
    });
  });

  it('is no good once it is revoked, whatever it has signed before', () => {
    expect(keyWith({ status: 'revoked' })).toMatchObject({ detail: `key ${attestation.keyId} of gw-7 is revoked` });
  });

  it('is good from its time on', () => {
    expect(keyWith({ notBeforeMs: 1_795_248_001_000 })).toMatchObject({ ok: true });
    expect(keyWith({ notBeforeMs: 1_795_248_001_001 })).toMatchObject({ reason: 'attestation-invalid' });
  });

  it.each([
    ['another key', spkiOf(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey)],
    ['a key on another curve', spkiOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey)],
    ['a key of another kind', spkiOf(generateKeyPairSync('ed25519').publicKey)],
    ['half a key', SPKI.subarray(0, 40)],
    ['nothing', new Uint8Array()],
  ])('that is %s verifies nothing', (_what, publicKey) => {
    expect(keyWith({ publicKey })).toMatchObject({ reason: 'attestation-invalid' });
  });
});
