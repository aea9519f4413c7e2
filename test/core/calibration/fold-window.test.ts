import { describe, expect, it } from 'vitest';
import { foldWindow, SOURCES_MAX } from '../../../core/calibration/fold-window.ts';
import { calibrationOf, versionOf } from '../../../core/calibration/record.ts';
import { attributeWindow, foldHours, hour, HOUR_MS, minutely, normals, range, sourceOf } from './readings.ts';

const TRIO = ['a', 'b', 'c'];
const DAY = range(0, 24);

/** What the air does in a day. */
const truth = (number: number, minute: number): number =>
  15 + 5 * Math.sin((2 * Math.PI * (number + minute / 60)) / 24);

describe('a record', () => {
  it('comes to the biases between its sources, and to the noise of each', () => {
    const normal = normals(42);
    const [bias, noise] = [
      { a: 0.9, b: -0.6, c: -0.3 },
      { a: 0.3, b: 0.3, c: 0.6 },
    ] as Record<string, number>[];
    const record = foldHours(TRIO, range(0, 72), (source, number, minute) => {
      return truth(number, minute) + (bias?.[source] ?? 0) + (noise?.[source] ?? 0) * normal();
    });
    for (const source of TRIO) expect(sourceOf(record, source).bias).toBeCloseTo(bias?.[source] ?? 0, 1);
    expect(sourceOf(record, 'a').sigma).toBeCloseTo(0.3, 1);
    expect(sourceOf(record, 'b').sigma).toBeCloseTo(0.3, 1);
    // Against either of the others: √((0.6² + 0.3²) ∕ 2).
    expect(sourceOf(record, 'c').sigma).toBeCloseTo(0.474, 1);
  });

  it('halves a pair’s difference, because nobody can tell whose it is', () => {
    const record = foldHours(
      ['a', 'b'],
      DAY,
      (source, number, minute) => truth(number, minute) + (source === 'a' ? 1 : 0),
    );
    expect(sourceOf(record, 'a').bias).toBeCloseTo(0.5, 1);
    expect(sourceOf(record, 'b').bias).toBeCloseTo(-0.5, 1);
    expect(sourceOf(record, 'a').bias).toBeCloseTo(-sourceOf(record, 'b').bias, 6);
  });

  it('begins from the declared accuracy: one reading each moves it little, an hour of them makes it theirs', () => {
    const single = new Map(['a', 'b'].map((source) => [source, [{ observedAtMs: 0, value: 20 }]]));
    expect(sourceOf(foldWindow(undefined, attributeWindow(single), hour(0)), 'a').sigma).toBeGreaterThan(0.7);
    const steady = foldHours(['a', 'b'], [0], () => 20);
    expect(sourceOf(steady, 'a').sigma).toBeLessThan(0.4);
  });

  it('never trusts a source more than a twentieth of its accuracy, nor has more patience than three times', () => {
    const still = foldHours(['a', 'b'], range(0, 200), () => 20);
    expect(sourceOf(still, 'a').sigma).toBe(0.05);
    const wild = foldHours(['a', 'b'], range(0, 200), (source, number, minute) =>
      source === 'a' ? 20 : 20 + 50 * ((number + minute) % 2),
    );
    expect(sourceOf(wild, 'b').sigma).toBe(3);
  });

  it('says what its sources usually read, once they have been seen to stray', () => {
    const first = foldHours(['a', 'b'], [0], () => 20);
    expect(calibrationOf(first).sources.get('a')?.usual).toBeUndefined();
    const second = foldHours(['a', 'b'], [1], () => 22, first);
    expect(calibrationOf(second).sources.get('a')?.usual?.level).toBe(22);
    expect(calibrationOf(second).sources.get('a')?.usual?.spread).toBeCloseTo(Math.hypot(1.4826 * 2, 1), 3);
    const withoutA = foldHours(['b', 'c'], [2], () => 22, second);
    expect(calibrationOf(withoutA).sources.get('a')?.usual).toBeUndefined();
    expect(calibrationOf(withoutA).sources.get('a')?.sigma).toBe(sourceOf(second, 'a').sigma);
  });
});

describe('a window', () => {
  const before = foldHours(TRIO, DAY, (source, number, minute) => truth(number, minute) + (source === 'a' ? 0.5 : 0));

  it('is folded in once: the second time, and whatever is older, changes nothing', () => {
    const readings = new Map(TRIO.map((source) => [source, minutely(hour(23), () => 99)]));
    expect(foldWindow(before, attributeWindow(readings), hour(23))).toBe(before);
    expect(foldWindow(before, attributeWindow(readings), hour(3))).toBe(before);
    expect(foldWindow(before, attributeWindow(readings), hour(24))).not.toBe(before);
  });

  it('gives the same record, under the same name, whatever order the sources stand in', () => {
    const readings = TRIO.map(
      (source, index) => [source, minutely(hour(24), (minute) => 20 + ((minute * index) % 7) / 3)] as const,
    );
    const record = foldWindow(before, attributeWindow(new Map(readings)), hour(24));
    const reversed = foldWindow(before, attributeWindow(new Map(readings.toReversed())), hour(24));
    expect(JSON.stringify([...(reversed?.sources ?? [])])).toBe(JSON.stringify([...(record?.sources ?? [])]));
    expect(record && versionOf(record)).toBe('1/1970-01-02T01:00:00.000Z');
  });

  it('in which no two sources met leaves the record as it is', () => {
    expect(foldWindow(before, attributeWindow(new Map()), hour(24))).toBe(before);
    const alone = new Map([['a', minutely(hour(24), () => 20)]]);
    expect(foldWindow(before, attributeWindow(alone), hour(24))).toBe(before);
    expect(foldWindow(undefined, attributeWindow(alone), hour(24))).toBeUndefined();
  });

  it('forgets a source after seven days of silence, not before', () => {
    const pair = (number: number) => foldHours(['b', 'c'], [number], () => 20, before);
    expect(pair(23 + 7 * 24).sources.has('a')).toBe(true);
    expect(pair(24 + 7 * 24).sources.has('a')).toBe(false);
  });
});

describe('a fault of six hours', () => {
  const normal = normals(3);
  const sound = (number: number, minute: number): number => truth(number, minute) + 0.2 * normal();
  const before = foldHours(TRIO, range(0, 48), (_, number, minute) => sound(number, minute));
  const after = foldHours(
    TRIO,
    range(48, 54),
    (source, number, minute) => sound(number, minute) + (source === 'a' ? 10 : 0),
    before,
  );

  it('does not become normal', () => {
    const { bias, sigma } = sourceOf(after, 'a');
    expect(bias).toBeLessThan(0.5);
    expect(sigma).toBeLessThan(2.5 * sourceOf(before, 'a').sigma);
    expect(10 - bias).toBeGreaterThan(3 * Math.hypot(sigma, sourceOf(after, 'b').sigma) * 3);
  });

  it('spoils nobody else’s record', () => {
    for (const source of ['b', 'c']) {
      expect(Math.abs(sourceOf(after, source).bias)).toBeLessThan(0.05);
      expect(sourceOf(after, source).sigma).toBeLessThan(1.2 * sourceOf(before, source).sigma);
    }
  });
});

describe('a record is bounded', () => {
  const many = (count: number) => range(0, count).map((number) => `source-${String(number).padStart(3, '0')}`);

  it(`to ${SOURCES_MAX} sources, of which those heard last stay`, () => {
    expect(foldHours(many(SOURCES_MAX), [0], () => 20).sources.size).toBe(SOURCES_MAX);
    const early = foldHours(['early', 'bird'], [0], () => 20);
    const full = foldHours(many(SOURCES_MAX + 1), [1], () => 20, early);
    expect([...full.sources.keys()]).toEqual(many(SOURCES_MAX));
  });

  it('to some 150 bytes a source', () => {
    const normal = normals(5);
    const record = foldHours(TRIO, range(400_000, 400_030), () => 1000 * normal(), undefined, 1e-6);
    const text = JSON.stringify([...record.sources.values()]);
    expect(text.length / TRIO.length).toBeLessThan(200);
    for (const known of record.sources.values()) {
      for (const value of Object.values({ ...known, ...known.before })) {
        if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
      }
    }
    expect(record.windowEndMs).toBe(400_030 * HOUR_MS);
  });
});
