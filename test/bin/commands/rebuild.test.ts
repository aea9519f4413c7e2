import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));

/** The exit code of the command, and what it complained of. */
function cityweave(...words: readonly string[]): Promise<{ readonly code: number; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['bin/cityweave.ts', ...words], { cwd: REPOSITORY }, (error, _stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stderr: stderr.trim() }),
    );
  });
}

describe('one line and exit code 1 for', () => {
  it.each<readonly [words: string, complaint: RegExp]>([
    ['rebuild --as-of 2026-11-21T08:00:00Z --from 2026-11-21T07:00:00Z', /--as-of goes with a checkpoint/],
    ['rebuild --from 2026-11-21T08:00:00Z --to 2026-11-21T08:00:00Z', /--from must be before --to/],
    ['rebuild --as-of yesterday', /Expected ISO 8601, such as 2026-11-21T08:00:00Z, or epoch milliseconds/],
    ['rebuild --workers 0', /Expected a whole number from 1/],
    ['audit --from 2000 --to 1000', /--from must be before --to/],
    ['audit --wait -1', /Expected a whole number from 0/],
    ['verify --data nowhere', /no local cloud runs on nowhere/],
    ...['rebuild', 'verify', 'audit'].map(
      (command) => [`${command} --aws-endpoint http://127.0.0.1:1`, /^cityweave: no answer from http:/] as const,
    ),
  ])('%s', async (words, complaint) => {
    const { code, stderr } = await cityweave(...words.split(' '));
    expect(code).toBe(1);
    expect(stderr).toMatch(complaint);
    expect(stderr).not.toContain('\n');
  });
});
