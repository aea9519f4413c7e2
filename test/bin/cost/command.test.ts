import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { kind, loadOf } from './city.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cityweave-cost-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('cityweave cost', () => {
  it.each(readdirSync('examples/loads'))('prices the example %s, in a table and in JSON', async (file) => {
    const load = join('examples/loads', file);
    const table = await cost('--load', load);
    expect(table).toMatchObject({ exitCode: 0, stderr: '' });
    const { lines }: { lines: { usd: number }[] } = JSON.parse((await cost('--load', load, '--json')).stdout);
    const total = lines.reduce((sum, { usd }) => sum + usd, 0);
    const [, printed = ''] = /^total +([\d,.]+)/m.exec(table.stdout) ?? [];
    expect(Number(printed.replaceAll(',', ''))).toBeCloseTo(total, 1);
  });

  it('takes a TypeScript module too', async () => {
    const file = join(scratch, 'load.ts');
    writeFileSync(file, `export default ${JSON.stringify(loadOf({ kind }))} satisfies object;\n`);
    expect(await cost('--load', file)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('total') });
  });

  it.each([
    ['no such file', undefined, /^cityweave: --load \S+: cannot be read: ENOENT/],
    ['no JSON', '{', /^cityweave: --load \S+: cannot be read: Expected/],
    ['a key that is misspelt', JSON.stringify({ ...loadOf({ kind }), zone: 1 }), /: zone: got 1, expected no such key/],
    [
      'a share beyond 1',
      JSON.stringify(loadOf({ kind: { ...kind, refusedShare: 1.01 } })),
      /refusedShare: got 1.01, expected a number from 0 to 1/,
    ],
  ])('says in one line what is wrong: %s', async (name, text, expected) => {
    const file = join(scratch, `${name.replaceAll(' ', '-')}.json`);
    if (text !== undefined) writeFileSync(file, text);
    const { exitCode, stdout, stderr } = await cost('--load', file);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(expected);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

function cost(...args: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['bin/cityweave.ts', 'cost', ...args], (error, stdout, stderr) => {
      resolve({ exitCode: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}
