/** `decode` and `encode` as people run them, between real pipes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: Buffer;
  readonly err: string;
}

async function cityweave(words: readonly string[], input: string | Uint8Array = ''): Promise<Ended> {
  const run = spawn(process.execPath, ['bin/cityweave.ts', ...words], { cwd: REPOSITORY, stdio: 'pipe' });
  run.stdin.on('error', () => undefined).end(input);
  const exited = once(run, 'close') as Promise<[number | null]>;
  const [out, err, [code]] = await Promise.all([buffer(run.stdout), text(run.stderr), exited]);
  return { code, out, err };
}

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-decode-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const FRAME = {
  gateway: 'gw-7',
  lane: 'critical',
  epoch: 1795244400000,
  sequence: 5,
  sentAtMs: 1795248000000,
  readings: [
    {
      assetId: 'market-hall',
      assetType: 'OffStreetParking',
      sensor: 'fused',
      stamp: '1795247998800004711',
      attributes: { occupiedSpotNumber: 61 },
      position: { longitude: -1.8931, latitude: 52.4773 },
      seen: { occupiedSpotNumber: { loop: '1795247998700000001' } },
    },
  ],
};

describe('decode and encode', () => {
  it('tell a frame that was made of JSON, damaged on a line and mended, and make the same of what was told', async () => {
    const made = await cityweave(['encode', '--as', 'sync-frame', '--fec', '--depth', '2'], JSON.stringify(FRAME));
    expect([made.code, made.err]).toEqual([0, '']);
    const line = Buffer.from(made.out);
    line[7] = (line[7] ?? 0) ^ 0x55;
    await writeFile(path.join(directory, 'frame'), line);

    const [told, json] = await Promise.all([
      cityweave(['decode', path.join(directory, 'frame')]),
      cityweave(['decode', '--json', path.join(directory, 'frame')]),
    ]);
    expect([told.code, told.err]).toEqual([0, '']);
    expect(told.out.toString()).toMatch(/^FEC frame, \d+ bytes\n {2}depth +2\n[^]*correctedAt +7\n[^]*gateway +gw-7/);
    expect(told.out.toString()).toMatch(/= occupiedSpotNumber {2}61\n +[^]*= position +52\.4773, -1\.8931\n/);
    const { payload } = JSON.parse(json.out.toString()) as { payload: { content: object } };
    expect(payload.content).toEqual({ ...FRAME, kind: 'delta' });

    const again = await cityweave(['encode', '--fec', '--depth', '2'], json.out);
    line[7] = (line[7] ?? 0) ^ 0x55;
    expect(Buffer.compare(again.out, line)).toBe(0);
  });

  it('end with 1 and a line where it is broken, after what could be told', async () => {
    const avro = 'c301 52a857cda910a767 80b0f4d1bf68 ce49 02 02 004091';
    const { code, out, err } = await cityweave(['decode', '--hex', avro]);
    expect([code, err]).toEqual([1, 'cityweave: some of it would be refused: see above\n']);
    expect(out.toString()).toMatch(
      /schema +parking-spot\/2\n[^]*malformed at byte 19: temperature: the bytes end within it\n$/,
    );
  });

  it.each([
    [['decode', '--hex', '0g'], '', /^cityweave: --hex: got "g" as character 2, expected pairs of digits 0-9 a-f\n$/],
    [['encode', '--as', 'smoke'], '{}', /^cityweave: --as: got "smoke", expected one of sync-frame, .*\n$/],
  ])('%j end with 1 and one line', async (words, input, line) => {
    const { code, out, err } = await cityweave(words, input);
    expect([code, out.length]).toEqual([1, 0]);
    expect(err).toMatch(line);
  });
});
