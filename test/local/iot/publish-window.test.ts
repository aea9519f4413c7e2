import { describe, expect, it } from 'vitest';
import { UNACKNOWLEDGED_PUBLISHES_MAX } from '../../../local/iot/limits.ts';
import { createPublishWindow } from '../../../local/iot/publish-window.ts';
import { startIot } from './start-iot.ts';

describe('the publish window', () => {
  it('begins in order, so many at once, the next when one ends', () => {
    const window = createPublishWindow(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    for (const task of [0, 1, 2, 3]) {
      window.enter((end) => {
        begun.push(task);
        ends.push(end);
      });
    }
    expect(begun).toEqual([0, 1]);
    ends[1]?.();
    expect(begun).toEqual([0, 1, 2]);
    ends[0]?.();
    ends[2]?.();
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it('holds 100 unacknowledged publishes of a connection; the next wait, and are not lost', async () => {
    const { promise: durable, resolve: makeDurable } = Promise.withResolvers<void>();
    const started = await startIot(() => durable);
    await started.addRule('raw', "SELECT * FROM 'a'");
    const [busy, other] = [await started.connect(), await started.connect()];
    const publishes = Array.from({ length: UNACKNOWLEDGED_PUBLISHES_MAX + 1 }, (_, index) =>
      busy.publishAsync('a', String(index), { qos: 1 }),
    );
    // The other connection has a window of its own; its record shows that the broker has read what came before.
    await expect.poll(() => started.records, { timeout: 10_000 }).toHaveLength(100);
    const another = other.publishAsync('a', 'other', { qos: 1 });
    await expect.poll(() => started.records, { timeout: 10_000 }).toHaveLength(101);
    expect(String(started.records[100]?.data)).toBe('other');
    makeDurable();
    await Promise.all([...publishes, another]);
    expect(String(started.records[101]?.data)).toBe('100');
    await started.close();
  });
});
