import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApiClient } from '../../../bin/api-client.ts';
import { type Fates, followFates } from '../../../bin/replay/fates.ts';

const START_MS = Date.UTC(2026, 10, 21, 8);
const SINCE_MS = START_MS - 60_000;

interface Kept {
  readonly readingId: string;
  readonly receivedAt: string;
  readonly clientId: string;
  readonly count: number;
  readonly reason: string;
}

/** What the API holds, and since when it was asked each time. */
let kept: Kept[] = [];
let askedFromMs: number[] = [];
let fates: Fates;

function reject(readingId: string, receivedAtMs: number, count = 1): Kept {
  return {
    readingId,
    receivedAt: new Date(receivedAtMs).toISOString(),
    clientId: 'replay-1-0',
    count,
    reason: 'malformed',
  };
}

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS, toFake: ['Date', 'performance'] });
  [kept, askedFromMs] = [[], []];
  const api: Pick<ApiClient, 'get'> = {
    async get<Answer>(_path: string, query: Readonly<Record<string, string | undefined>> = {}) {
      const fromMs = Number(query['from']);
      askedFromMs.push(fromMs);
      const rejects = kept.filter(({ receivedAt }) => Date.parse(receivedAt) >= fromMs);
      return { rejects, cursor: null } as Answer;
    },
  };
  fates = followFates({ next: async () => [] }, api as ApiClient, 'replay-1', SINCE_MS);
});
afterEach(() => {
  vi.useRealTimers();
});

describe('rejects', () => {
  it('are asked for at most every two seconds', async () => {
    for (let poll = 0; poll < 8; poll++) {
      await fates.advance();
      vi.advanceTimersByTime(500);
    }
    expect(askedFromMs).toHaveLength(2);
  });

  it('are asked for from half a minute before the newest on, and all of them from time to time', async () => {
    kept = [reject('a/0', START_MS)];
    expect(await fates.advance()).toBe(1);
    vi.advanceTimersByTime(2_000);
    await fates.advance();
    expect(askedFromMs).toEqual([SINCE_MS, START_MS - 30_000]);

    // Written late, after a retry: only a look through all of them finds it.
    kept.push(reject('b/0', START_MS - 45_000));
    vi.advanceTimersByTime(2_000);
    expect(await fates.advance()).toBe(1);
    vi.advanceTimersByTime(16_000);
    expect(await fates.advance()).toBe(2);
    expect(askedFromMs.at(-1)).toBe(SINCE_MS);
  });

  it('complete a message with its last reading, each counted once, and none of others', async () => {
    kept = [reject('a/0', START_MS, 2), { ...reject('x/0', START_MS), clientId: 'a-camera' }];
    expect(await fates.advance()).toBe(0);
    kept.push(reject('a/1', START_MS, 2));
    vi.advanceTimersByTime(2_000);
    expect(await fates.advance()).toBe(1);
    expect(fates.report()).toMatchObject({ applied: 0, kept: { malformed: 2 } });
  });
});
