import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { codecRunner } from './runner.ts';

interface Vector {
  readonly codec: string;
  readonly description: string;
  readonly fPort: number;
  readonly hex: string;
  readonly expected: { readonly data?: unknown; readonly errors?: readonly string[] };
  readonly reference_check: string;
}

const FILE = new URL('../../../shared/data/lorawan-vectors/ttn_city.json', import.meta.url);
const vectors: readonly Vector[] = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : [];
const without = vectors.length === 0 ? ' (skipped: ../shared/data/lorawan-vectors is not there)' : '';

/** Our file → the codec of The Things Network’s registry that reads the same device, and how many vectors it has. */
const CODECS = [
  ['bosch-tps110.js', 'tps110-0392-codec', 8],
  ['browan-tbsl100.js', 'tbsl100-codec', 2],
  ['decentlab-dl-pm.js', 'dl-pm-codec', 3],
] as const;

describe.skipIf(vectors.length === 0)(`the vectors of the registry${without}`, () => {
  it.each(CODECS)('are decoded by %s as by %s', (file, codec, count) => {
    const own = vectors.filter((vector) => vector.codec === codec && vector.reference_check === 'ok');
    expect(own).toHaveLength(count);
    for (const { hex, fPort, expected, description } of own) {
      const uplink = { bytes: Buffer.from(hex, 'hex'), fPort, recvTimeMs: 0, variables: {} };
      const outcome = codecRunner.run(file, uplink);
      const { errors } = expected;
      expect({ description, outcome }).toEqual({
        description,
        outcome: errors
          ? { ok: false, reason: 'malformed', detail: `the codec refused it: ${JSON.stringify(errors)}` }
          : expect.objectContaining({ ok: true, data: expected.data }),
      });
    }
  });

  it.each(CODECS)(
    'leave %s with an answer or a reason wherever they are cut and whichever bit turns',
    (file, codec) => {
      const own = vectors.find((vector) => vector.codec === codec && !vector.expected.errors);
      const whole = Buffer.from(own?.hex ?? '', 'hex');
      const cut = Array.from(whole, (_, length) => whole.subarray(0, length));
      const turned = Array.from({ length: whole.length * 8 }, (_, bit) =>
        Uint8Array.from(whole, (byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)),
      );
      for (const bytes of [...cut, ...turned]) {
        const outcome = codecRunner.run(file, { bytes, fPort: own?.fPort ?? 0, recvTimeMs: 0, variables: {} });
        expect(outcome.ok || outcome.reason === 'malformed').toBe(true);
      }
    },
  );
});
