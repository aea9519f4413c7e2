/** What is no JSON, in every format that is JSON. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { decodeMessage } from '../../../core/codec/decode.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import { messageOf } from './factories.ts';

const city = validateCityConfig(config);
const TOPICS = [
  'dt/centre/OffStreetParking/garage/gate',
  'sensors/parking/lotA',
  'lorawan/chirpstack/0007ee00000a1b2c/up',
];

const SUITE = fileURLToPath(new URL('../../../../shared/data/bad-input/JSONTestSuite/test_parsing', import.meta.url));
const files = existsSync(SUITE) ? readdirSync(SUITE) : [];
const absent = files.length > 0 ? '' : ' (skipped: ../shared/data/bad-input is not there)';

describe.skipIf(files.length === 0)(`JSONTestSuite${absent}`, () => {
  it('is refused in every JSON format: what is no JSON as malformed, what is and no reading with another reason', () => {
    for (const file of files) {
      const bytes = readFileSync(join(SUITE, file));
      for (const topic of TOPICS) {
        const { readings } = decodeMessage(messageOf(bytes, { topic }), city);
        expect({ file, topic, ok: readings.some(({ ok }) => ok) }).toEqual({ file, topic, ok: false });
        if (!file.startsWith('n_')) continue;
        expect({ file, topic, reasons: readings.map((each) => (each.ok ? '' : each.reason)) }).toEqual({
          file,
          topic,
          reasons: ['malformed'],
        });
      }
    }
  });
});
