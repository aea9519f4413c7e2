import { describe, expect, it } from 'vitest';
import { createCommits } from '../../../edge-greengrass/spool/commits.ts';

/** Commits whose writes are seen; each gives the number of those that were written before. */
function seenCommits(options: { readonly batchBytesMax: number; readonly batchDelayMs: number }) {
  const batches: number[][] = [];
  let written = 0;
  const commits = createCommits({
    ...options,
    write: async (batch) => {
      batches.push(batch.map(({ length }) => length));
      if (batch.some(({ length }) => length === 13)) throw new Error('unlucky');
      const first = written;
      written += batch.length;
      return first;
    },
  });
  const add = (lengths: readonly number[]) => lengths.map((length) => commits.add(new Uint8Array(length)));
  return { commits, batches, add };
}

describe('group commit', () => {
  it('writes what comes at the same time in one go, and tells each its own position', async () => {
    const { batches, add } = seenCommits({ batchBytesMax: 100, batchDelayMs: 0 });
    expect(await Promise.all(add([1, 2, 3]))).toEqual([0, 1, 2]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('writes no more at once than it may, and a larger record alone', async () => {
    const { batches, add } = seenCommits({ batchBytesMax: 100, batchDelayMs: 0 });
    await Promise.all(add([50, 50, 50, 51, 300, 1]));
    expect(batches).toEqual([[50, 50], [50], [51], [300], [1]]);
  });

  it('lets the first of a batch wait for others, but for no longer than it may', async () => {
    const { batches, add } = seenCommits({ batchBytesMax: 100, batchDelayMs: 50 });
    const first = add([1]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await Promise.all([...first, ...add([2])]);
    expect(batches).toEqual([[1, 2]]);
    await Promise.all(add([100]));
    expect(batches).toEqual([[1, 2], [100]]);
  });

  it('tells of a write that failed those who were in it, and goes on', async () => {
    const { add } = seenCommits({ batchBytesMax: 20, batchDelayMs: 0 });
    const outcomes = await Promise.allSettled(add([13, 7, 20]));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });

  it('writes what waits before it closes', async () => {
    const { commits, batches, add } = seenCommits({ batchBytesMax: 100, batchDelayMs: 50 });
    const all = Promise.all(add([1]));
    await commits.close();
    expect(batches).toEqual([[1]]);
    await all;
  });
});
