import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import config from '../../../../cityweave.config.ts';
import { gatewayCodecs, UPLINK_MS_MAX } from '../../../../edge-greengrass/adapters/lorawan/codecs.ts';
import { chirpstack } from '../../../core/codec/lorawan/uplinks.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'cityweave-edge-codecs-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const uplink = { bytes: Buffer.from(JSON.stringify(chirpstack)), network: 'chirpstack', receivedAtMs: Date.now() };

test('a codec without an end holds nothing up, costs its uplink, and the next one is decoded', async () => {
  const file = path.join(directory, 'bosch-tps110.js');
  // No instruction of QuickJS ends, so it never looks at its clock.
  writeFileSync(file, "function decodeUplink() { return { data: new Array(1e9).join('x') }; }");
  const codecs = gatewayCodecs(pathToFileURL(`${directory}/`));
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  }, 10);
  const stopped = await codecs.decode(uplink, config);
  clearInterval(timer);
  expect(stopped).toMatchObject({ ok: false, reason: 'processing-failed' });
  expect(ticks).toBeGreaterThan(UPLINK_MS_MAX / 10 / 4);
  writeFileSync(file, 'function decodeUplink() { return { data: { occupied: true } }; }');
  await expect(codecs.decode(uplink, config)).resolves.toMatchObject({
    ok: true,
    devEui: '0007ee00000a1b2c',
    readings: [{ ok: true, attributes: [{ name: 'status', value: 'occupied' }] }],
  });
});
