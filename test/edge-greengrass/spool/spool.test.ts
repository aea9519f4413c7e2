import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { RECORD_BYTES_MAX } from '../../../edge-greengrass/spool/record.ts';
import { appendText, bytesOnDisk, openSpool, spoolDirectory, textsOf } from './spool-directory.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('a spool', () => {
  it('gives back what was appended, by priority and in order, also after a restart', async () => {
    const directory = await spoolDirectory();
    const spool = await openSpool(directory);
    const positions = await Promise.all(['a', 'b', 'c'].map((text) => appendText(spool, 'normal', text)));
    expect(positions).toEqual([1n, 2n, 3n]);
    await appendText(spool, 'critical', 'x');
    expect(await textsOf(spool, 'normal')).toEqual(['a', 'b', 'c']);
    await spool.close();

    const again = await openSpool(directory);
    expect(await textsOf(again, 'normal', positions[1])).toEqual(['b', 'c']);
    expect(await textsOf(again, 'critical')).toEqual(['x']);
    expect(await appendText(again, 'normal', 'd')).toBeGreaterThan(positions[2] ?? 0n);
    expect(await textsOf(again, 'normal')).toEqual(['a', 'b', 'c', 'd']);
    expect(again.state().normal).toMatchObject({ records: 4, dropped: { full: 0, expired: 0, damaged: 0 } });
    await again.close();
  });

  it('reads no more than was asked for, but one record in any case', async () => {
    const spool = await openSpool(await spoolDirectory());
    for (const text of ['aaaa', 'bbbb', 'cccc']) await appendText(spool, 'low', text);
    const lengths = async (bytesMax: number) => (await spool.read('low', 0n, bytesMax)).length;
    expect([await lengths(1), await lengths(4), await lengths(7), await lengths(8), await lengths(100)]).toEqual([
      1, 1, 1, 2, 3,
    ]);
    await spool.close();
  });

  it('takes a record of the greatest length and refuses one byte more', async () => {
    const spool = await openSpool(await spoolDirectory());
    await spool.append('low', new Uint8Array(RECORD_BYTES_MAX));
    expect((await spool.read('low', 0n, 1))[0]?.bytes).toHaveLength(RECORD_BYTES_MAX);
    await expect(spool.append('low', new Uint8Array(RECORD_BYTES_MAX + 1))).rejects.toThrow(/at most 1048576/);
    await spool.close();
  });

  it('forgets what was released, also after a restart, and never gives a position twice', async () => {
    const directory = await spoolDirectory();
    const spool = await openSpool(directory);
    const [, second, third] = await Promise.all(['a', 'b', 'c'].map((text) => appendText(spool, 'normal', text)));
    await spool.release('normal', second ?? 0n);
    expect(await textsOf(spool, 'normal')).toEqual(['c']);
    await spool.close();

    const again = await openSpool(directory);
    expect(await textsOf(again, 'normal')).toEqual(['c']);
    await again.release('normal', third ?? 0n);
    expect(again.state().normal.records).toBe(0);
    expect(await textsOf(again, 'normal')).toEqual([]);
    await again.close();
    // Not even where one of the two that tell is lost.
    await rm(`${directory}/positions.json`);

    const empty = await openSpool(directory);
    expect(await appendText(empty, 'normal', 'd')).toBe((third ?? 0n) + 1n);
    await empty.close();
  });

  it('lets the oldest of the lowest priority go when it is full, and counts what goes', async () => {
    const directory = await spoolDirectory();
    const spool = await openSpool(directory, { bytesMax: 64 * 1024 });
    const fill = async (priority: 'critical' | 'normal' | 'low', count: number) => {
      for (let index = 0; index < count; index += 1) {
        await appendText(spool, priority, `${priority} ${String(index).padStart(4, '0')} ${'.'.repeat(980)}`);
      }
    };
    const firstOf = async (priority: 'critical' | 'normal' | 'low') =>
      (await textsOf(spool, priority))[0]?.slice(0, priority.length + 5);
    await fill('low', 20);
    await fill('normal', 20);
    await fill('critical', 10);
    expect(spool.state().low.dropped.full).toBe(0);

    await fill('critical', 20);
    const { low, normal, critical } = spool.state();
    expect(low.records + low.dropped.full).toBe(20);
    expect(low.dropped.full).toBeGreaterThan(0);
    expect(await firstOf('low')).toBe(low.records > 0 ? `low ${String(low.dropped.full).padStart(4, '0')}` : undefined);
    expect([normal.records, critical.records]).toEqual([20, 30]);

    await fill('critical', 60);
    expect(spool.state().low.records + spool.state().normal.records).toBe(0);
    expect(spool.state().normal.dropped.full).toBe(20);
    expect(spool.state().critical.dropped.full).toBeGreaterThan(20);
    expect((await textsOf(spool, 'critical')).at(-1)).toMatch(/^critical 0059/);

    await expect(appendText(spool, 'low', '.'.repeat(2000))).rejects.toThrow(/takes nothing \(FULL\)/);
    expect(spool.state().low.fault).toBe('FULL');
    await spool.close();
    expect(await bytesOnDisk(directory)).toBeLessThanOrEqual(64 * 1024);
  });

  it('lets go what is older than it may be, and counts it', async () => {
    const directory = await spoolDirectory();
    let nowMs = 1_795_248_000_000;
    const options = { ageMaxMs: DAY_MS, nowMs: () => nowMs };
    const spool = await openSpool(directory, options);
    await appendText(spool, 'low', 'old');
    nowMs += DAY_MS / 2;
    await appendText(spool, 'low', 'young');
    nowMs += DAY_MS / 2;
    expect(await textsOf(spool, 'low')).toEqual(['old', 'young']);
    nowMs += DAY_MS / 16;
    expect(await textsOf(spool, 'low')).toEqual(['young']);
    expect(spool.state().low.dropped.expired).toBe(1);
    await spool.close();

    nowMs += DAY_MS;
    const again = await openSpool(directory, options);
    expect(again.state().low).toMatchObject({ records: 0, dropped: { expired: 1 } });
    await again.close();
    const empty = await openSpool(directory, options);
    expect(await appendText(empty, 'low', 'new')).toBe(3n);
    await empty.close();
  });
});
