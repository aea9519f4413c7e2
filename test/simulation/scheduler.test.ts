import { describe, expect, it } from 'vitest';
import { createScheduler } from './scheduler.ts';
import { withVirtualTimers } from './virtual-timers.ts';

describe('virtual time', () => {
  it('runs events by their time, and those of one instant in the order in which they were laid out', async () => {
    const scheduler = createScheduler(1000);
    const seen: string[] = [];
    for (const [delayMs, name] of [
      [5, 'e'],
      [1, 'a'],
      [3, 'c'],
      [1, 'b'],
      [3, 'd'],
    ] as const) {
      scheduler.after(delayMs, () => void seen.push(`${name}@${scheduler.nowMs()}`));
    }
    const cancel = scheduler.unlessCancelled(9, () => void seen.push('never'));
    cancel();
    await scheduler.runToRest();
    expect(seen).toEqual(['a@1001', 'b@1001', 'c@1003', 'd@1003', 'e@1005']);
    expect(scheduler.nowMs()).toBe(1005);
    await scheduler.runUntil(2000);
    expect(scheduler.nowMs()).toBe(2000);
  });

  it('lets everything run that waits for nothing before the next event', async () => {
    const scheduler = createScheduler(0);
    const seen: string[] = [];
    const think = async (name: string): Promise<void> => {
      for (let step = 0; step < 5; step += 1) await Promise.resolve();
      seen.push(name);
    };
    scheduler.after(1, () => void think('first'));
    scheduler.after(1, () => void seen.push('second'));
    await scheduler.runToRest();
    expect(seen).toEqual(['first', 'second']);
  });

  it('stands in for the timers of the code under test, and gives them back', async () => {
    const scheduler = createScheduler(0);
    const real = globalThis.setTimeout;
    await withVirtualTimers(scheduler, async () => {
      const slept = new Promise((resolve) => setTimeout(resolve, 60_000)).then(() => scheduler.nowMs());
      await scheduler.runToRest();
      expect(await slept).toBe(60_000);
    });
    expect(globalThis.setTimeout).toBe(real);
  });

  it('ends a run that never comes to rest', async () => {
    const scheduler = createScheduler(0);
    const again = (): void => scheduler.after(1, again);
    again();
    await expect(scheduler.runToRest()).rejects.toThrow(/not at rest/);
  });
});
