import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nextEpoch } from '../../../edge-greengrass/uplink/next-epoch.ts';
import { spoolDirectory } from '../spool/spool-directory.ts';

const NOW_MS = 1_795_248_000_000;
const quiet = (): void => expect.fail('nothing is wrong');

describe('the epoch of a start', () => {
  it('is its time, and above that of the start before where the clock is not', async () => {
    const file = path.join(await spoolDirectory(), 'epoch');
    expect(await nextEpoch(file, NOW_MS, quiet)).toBe(NOW_MS);
    expect(await nextEpoch(file, NOW_MS, quiet)).toBe(NOW_MS + 1);
    expect(await nextEpoch(file, NOW_MS - 86_400_000, quiet)).toBe(NOW_MS + 2);
    expect(await nextEpoch(file, NOW_MS + 5, quiet)).toBe(NOW_MS + 5);
  });

  it.each(['', 'yesterday', '1e400', '-1', '12.5'])('is the time where %j is remembered', async (text) => {
    const file = path.join(await spoolDirectory(), 'epoch');
    await writeFile(file, text);
    expect(await nextEpoch(file, NOW_MS, quiet)).toBe(NOW_MS);
  });

  it('is the time where the disk keeps nothing, and that is said', async () => {
    const file = path.join(await spoolDirectory(), 'epoch');
    await mkdir(file);
    const lines: string[] = [];
    expect(await nextEpoch(file, NOW_MS, (line) => lines.push(line))).toBe(NOW_MS);
    expect(lines).toEqual([expect.stringContaining('cannot remember this start')]);
  });
});
