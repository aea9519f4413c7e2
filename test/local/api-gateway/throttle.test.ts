import { describe, expect, it } from 'vitest';
import { createThrottle } from '../../../local/api-gateway/throttle.ts';

describe('a throttle', () => {
  it('lets a burst through at once and then what the rate gives', () => {
    let nowMs = 0;
    const mayPass = createThrottle({ requestsPerSecond: 10, burst: 3 }, () => nowMs);
    const passing = (): number => [1, 2, 3, 4, 5].filter(() => mayPass()).length;

    expect(passing()).toBe(3);
    nowMs += 99;
    expect(passing()).toBe(0);
    nowMs += 1;
    expect(passing()).toBe(1);
    nowMs += 60_000;
    expect(passing()).toBe(3);
  });
});
