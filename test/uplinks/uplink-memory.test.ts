import { describe, expect, it } from 'vitest';
import { SAME_UPLINK_MS_MAX, uplinkMemory } from '../../uplinks/uplink-memory.ts';

const bytes = Uint8Array.of(1, 200);

describe('an uplink that is heard again', () => {
  it('is of the time at which it was first heard, for two minutes in either direction', () => {
    const memory = uplinkMemory();
    expect(memory.firstHeardAtMs('ttn/a', 7, bytes, 1_000_000)).toBe(1_000_000);
    expect(memory.firstHeardAtMs('ttn/a', 7, Uint8Array.from(bytes), 1_000_200)).toBe(1_000_000);
    expect(memory.firstHeardAtMs('ttn/a', 7, bytes, 999_900)).toBe(1_000_000);
    expect(memory.firstHeardAtMs('ttn/a', 7, bytes, 1_000_000 + SAME_UPLINK_MS_MAX)).toBe(1_000_000);
    expect(memory.firstHeardAtMs('ttn/a', 7, bytes, 1_000_001 + SAME_UPLINK_MS_MAX)).toBe(
      1_000_001 + SAME_UPLINK_MS_MAX,
    );
  });

  it.each([
    ['another device', 'ttn/b', 7, bytes],
    ['another counter', 'ttn/a', 8, bytes],
    ['another payload, as after a new join', 'ttn/a', 7, Uint8Array.of(1, 201)],
  ])('is not the same of %s', (_, source, fCnt, other) => {
    const memory = uplinkMemory();
    memory.firstHeardAtMs('ttn/a', 7, bytes, 1000);
    expect(memory.firstHeardAtMs(source, fCnt, other, 1200)).toBe(1200);
  });

  it('is forgotten when there are too many devices', () => {
    const memory = uplinkMemory(2);
    for (const source of ['a', 'b', 'a']) memory.firstHeardAtMs(source, 1, bytes, 1000);
    expect(memory.firstHeardAtMs('a', 1, bytes, 1001)).toBe(1000);
    memory.firstHeardAtMs('c', 1, bytes, 1000);
    expect(memory.firstHeardAtMs('a', 1, bytes, 1001)).toBe(1001);
  });
});
