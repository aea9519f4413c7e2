import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkProof } from '../../../core/attestation/proof.ts';
import { statementHash, statementOf } from '../../../core/attestation/statement.ts';
import type { PlacedReading } from '../../../core/attestation/chain.ts';
import { createAttester } from '../../../edge-greengrass/attestation/attester.ts';
import type { Signer } from '../../../edge-greengrass/ports.ts';
import { p256Verifier } from '../../../lambdas/shared/attestation/p256-verifier.ts';
import { VECTORS } from '../../core/attestation/vectors.ts';
import { keyFileSigner } from './key-files.ts';

const reading = VECTORS[0]?.reading as PlacedReading;
const AT_MS = 1_795_248_000_000;

describe('an attester', () => {
  it('gives dots at once, in the order of its counters, and signatures that the cloud believes', async () => {
    const { signer, spki } = await keyFileSigner(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }));
    const attester = createAttester('gw-7', signer);
    const attested = Array.from({ length: 20 }, () => attester.attest(reading));
    expect(attested.map((each) => each.reading.stamp - BigInt(AT_MS) * 1_000_000n)).toEqual(
      Array.from({ length: 20 }, (_, index) => BigInt(index + 1)),
    );
    const signed = await Promise.all(attested.map((each) => each.signed));
    let previousHash = new Uint8Array(32);
    for (const [index, each] of signed.entries()) {
      const { attestation } = each;
      if (!attestation) throw new Error('not signed');
      expect(attestation).toMatchObject({ counter: BigInt(index + 1), gnssAtMs: AT_MS, previousHash });
      const key = { publicKey: spki, status: 'active', notBeforeMs: 0 } as const;
      expect(checkProof({ device: 'gw-7', reading: { ...each, attestation } }, key, p256Verifier())).toMatchObject({
        ok: true,
      });
      previousHash = new Uint8Array(statementHash(statementOf('gw-7', each, attestation)));
    }
  });

  it('says how good the fix was', async () => {
    const { signer } = await keyFileSigner(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }));
    const fix = { fixedAtMs: AT_MS - 120, hdop: 0.849, satellites: 9 };
    const { attestation } = await createAttester('gw-7', signer).attest(reading, fix).signed;
    expect(attestation).toMatchObject({ gnssAtMs: AT_MS - 120, hdop: 0.85, satellites: 9 });
  });

  it('begins another boot at every start, so that a crash needs no memory', async () => {
    const { signer } = await keyFileSigner(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }));
    const boots = new Set<bigint>();
    for (let start = 0; start < 50; start += 1) {
      const { attestation } = await createAttester('gw-7', signer).attest(reading).signed;
      expect(attestation?.counter).toBe(1n);
      boots.add(attestation?.bootId ?? 0n);
    }
    expect(boots.size).toBe(50);
  });

  it('goes on after a signature that failed, whose counter nobody else gets', async () => {
    let isBroken = true;
    const signer: Signer = {
      keyId: 'k',
      sign: async () => {
        if (isBroken) throw new Error('token was pulled');
        return new Uint8Array(64);
      },
      close: async () => {},
    };
    const attester = createAttester('gw-7', signer);
    await expect(attester.attest(reading).signed).rejects.toThrow('token was pulled');
    isBroken = false;
    expect((await attester.attest(reading).signed).attestation?.counter).toBe(2n);
  });
});
