/** `encode` and `decode` with `--raw --fec`, between real pipes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { drawBytes } from '../../bench/fec/codewords.ts';
import { seededRandom } from '../../bench/support/random.ts';
import { PAYLOAD_BYTES_MAX } from '../../core/fec/frame-header.ts';
import { DEPTHS } from '../../core/fec/link.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: Buffer;
  readonly err: string;
}

async function cityweave(words: readonly string[], input: Uint8Array): Promise<Ended> {
  const run = spawn(process.execPath, ['bin/cityweave.ts', ...words], { cwd: REPOSITORY, stdio: 'pipe' });
  // It need not read to the end of what it refuses.
  run.stdin.on('error', () => undefined).end(input);
  const exited = once(run, 'close') as Promise<[number | null]>;
  const [out, err, [code]] = await Promise.all([buffer(run.stdout), text(run.stderr), exited]);
  return { code, out, err };
}

const rawFec = (command: string, depth: number) => [command, '--raw', '--fec', '--depth', String(depth)];
const payload = Buffer.from(drawBytes(seededRandom(1), 100_000));

describe('encode and decode --raw --fec', () => {
  it.each(DEPTHS)('bring plain bytes through a line that damages bursts, depth %i', async (depth) => {
    const encoded = await cityweave(rawFec('encode', depth), payload);
    expect([encoded.code, encoded.err]).toEqual([0, '']);
    const line = encoded.out;
    for (let at = 1000; at < 1000 + 16 * depth; at += 1) line[at] = (line[at] ?? 0) ^ 0xff;
    const decoded = await cityweave(rawFec('decode', depth), line);
    expect([decoded.code, decoded.err]).toEqual([0, `corrected ${16 * depth} bytes\n`]);
    expect(Buffer.compare(decoded.out, payload)).toBe(0);
  });

  it('say nothing when nothing was wrong, not even of nothing', async () => {
    const encoded = await cityweave(rawFec('encode', 1), Buffer.alloc(0));
    expect(encoded.out).toHaveLength(40);
    expect(await cityweave(rawFec('decode', 1), encoded.out)).toEqual({ code: 0, out: Buffer.alloc(0), err: '' });
  });

  it('end with 1, the reason and nothing on standard output where it cannot be corrected', async () => {
    const { out: line } = await cityweave(rawFec('encode', 5), payload);
    const uncorrectable = Buffer.from(line).fill(0, 3000, 3100);
    expect(await cityweave(rawFec('decode', 5), uncorrectable)).toEqual({
      code: 1,
      out: Buffer.alloc(0),
      err: expect.stringMatching(/^cityweave: fec-uncorrectable: codeword 1[1-5] of 450: .*\n$/),
    });
    expect(await cityweave(rawFec('decode', 5), line.subarray(0, -5))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^cityweave: malformed: got \d+ bytes, expected the \d+ of a payload of 100000\n$/),
    });
  });

  it('end with 1 where more comes than a frame holds', async () => {
    const { code, err } = await cityweave(rawFec('encode', 1), Buffer.alloc(PAYLOAD_BYTES_MAX + 1));
    expect([code, err]).toEqual([
      1,
      `cityweave: standard input: too-large: expected at most ${PAYLOAD_BYTES_MAX} bytes\n`,
    ]);
  });

  it.each([
    [['encode', '--raw', '--fec'], /^cityweave: --depth is missing: --fec and --depth go together.*\n$/],
    [['decode', '--raw', '--depth', '1'], /^cityweave: --fec is missing: --fec and --depth go together.*\n$/],
    [['decode', '--raw', '--fec', '--depth', '6'], /^error: .*'6' is invalid.*1, 2, 3, 4, 5, 8.*\n$/],
  ])('%j ends with 1 and one line', async (words, line) => {
    const { code, err } = await cityweave(words, Buffer.alloc(0));
    expect(code).toBe(1);
    expect(err).toMatch(line);
  });
});
