import { describe, expect, it } from 'vitest';
import { createJournal, WAITING_MAX, WRITING_MAX } from '../../../edge-greengrass/gateway/journal.ts';
import type { Priority } from '../../../edge-greengrass/ports.ts';

/** A disk that writes nothing until it is told to. */
function slowDisk() {
  const begun: string[] = [];
  const writes: PromiseWithResolvers<void>[] = [];
  return {
    begun,
    async write(priority: Priority, reading: string): Promise<void> {
      begun.push(`${priority} ${reading}`);
      const write = Promise.withResolvers<void>();
      writes.push(write);
      await write.promise;
    },
    finish: (): void => writes.splice(0).forEach(({ resolve }) => resolve()),
    fail: (): void => writes.splice(0).forEach(({ reject }) => reject(new Error('ENOSPC'))),
  };
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('the journal', () => {
  it('gives the disk so many readings at a time, and keeps so many waiting', async () => {
    const disk = slowDisk();
    const journal = createJournal(disk);
    for (let number = 0; number < WRITING_MAX + WAITING_MAX; number++) {
      expect(journal.offer('low', String(number))).toBe(true);
    }
    expect(disk.begun).toHaveLength(WRITING_MAX);
    expect(journal.hasRoom('low')).toBe(false);
    expect(journal.offer('low', 'one too many')).toBe(false);
    expect(journal.offer('critical', 'siren')).toBe(true);
    disk.finish();
    await turn();
    expect(journal.offer('low', 'there is room again')).toBe(true);
  });

  it('gives the disk a critical reading before any other that waits', async () => {
    const disk = slowDisk();
    const journal = createJournal(disk);
    for (let number = 0; number < 2 * WRITING_MAX; number++) journal.offer('low', String(number));
    for (let number = 0; number < 2 * WRITING_MAX; number++) journal.offer('critical', String(number));
    disk.begun.length = 0;
    disk.finish();
    await turn();
    expect(disk.begun.slice(0, WRITING_MAX).every((each) => each.startsWith('critical'))).toBe(true);
    disk.finish();
    await turn();
    expect(disk.begun.filter((each) => each.startsWith('critical'))).toHaveLength(WRITING_MAX);
  });

  it('lets who can wait have half of the room, and tells them when their reading is written', async () => {
    const disk = slowDisk();
    const journal = createJournal({ ...disk, waitingMax: 4 });
    const told: number[] = [];
    const accept = async (number: number) => {
      await journal.accept('normal', String(number));
      told.push(number);
    };
    const all = Promise.all(Array.from({ length: WRITING_MAX + 10 }, (_, number) => accept(number)));
    expect(journal.hasRoom('normal')).toBe(true);
    expect([journal.offer('normal', 'a'), journal.offer('normal', 'b')]).toEqual([true, true]);
    expect(journal.offer('normal', 'c')).toBe(false);
    expect(told).toEqual([]);
    for (let round = 0; round < 10; round++) {
      disk.finish();
      await turn();
    }
    await all;
    expect(told).toEqual(Array.from({ length: WRITING_MAX + 10 }, (_, number) => number));
  });

  it('tells who waits that the disk takes nothing, and goes on', async () => {
    const disk = slowDisk();
    const journal = createJournal(disk);
    const refused = expect(journal.accept('normal', 'a')).rejects.toThrow('ENOSPC');
    disk.fail();
    await refused;
    const taken = journal.accept('normal', 'b');
    disk.finish();
    await expect(taken).resolves.toBeUndefined();
  });

  it('drains: nothing waits once it has', async () => {
    const disk = slowDisk();
    const journal = createJournal(disk);
    await journal.drain();
    journal.offer('low', 'a');
    let isDrained = false;
    const draining = (async () => {
      await journal.drain();
      isDrained = true;
    })();
    await turn();
    expect(isDrained).toBe(false);
    disk.finish();
    await draining;
    expect(isDrained).toBe(true);
  });
});
