import { describe, expect, it } from 'vitest';
import { itemBytes } from '../../../bench/sizes/metered-bytes.ts';
import type { Observation } from '../../../core/observation.ts';
import { encodeTwin } from '../../../core/twin/canonical-twin.ts';
import { emptyTwin, merge } from '../../../core/twin/join.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import type { Twin } from '../../../core/twin/twin.ts';
import { toTwinItem } from '../../../lambdas/shared/twin-item.ts';
import { ASSET_ID, observationOf } from './arbitraries.ts';

const T0_MS = Date.UTC(2026, 10, 21, 8);
const ATTRIBUTES = ['intensity', 'occupancy', 'queueLength', 'meanSpeed'];
const EMPTY = emptyTwin(ASSET_ID, 'TrafficFlowObserved', 'north', true);

/** The `number`-th reading of a source: of every attribute and its position, in as many digits as any other. */
function reading(source: string, number: number, given: Partial<Observation> = {}): Observation {
  return observationOf({
    source,
    stamp: stampOf(T0_MS + number, 100_000),
    receivedAtMs: T0_MS + number,
    attributes: new Map(ATTRIBUTES.map((name) => [name, 10_001 + number * 2])),
    position: { longitude: 13.4, latitude: 52.5 },
    ...given,
  });
}

function bytesOf(twin: Twin): { readonly canonical: number; readonly stored: number } {
  return { canonical: encodeTwin(twin).length, stored: itemBytes(toTwinItem(twin, 1)) };
}

describe('a twin’s state', () => {
  it('does not grow with readings: after 10,000 it is as large as after two', () => {
    const sources = ['cam-1', 'loop-1'];
    const readingsOf = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, number) => reading(sources[number % 2] ?? '', from + number));
    const early = merge(EMPTY, readingsOf(0, 2)).twin;
    let late = early;
    for (let from = 2; from < 10_000; from += 100) late = merge(late, readingsOf(from, from + 100)).twin;
    expect(bytesOf(late)).toEqual(bytesOf(early));
  });

  it('does not grow with what writers have seen of one another', () => {
    const seenOf = (source: string, number: number) =>
      new Map(ATTRIBUTES.map((name) => [name, new Map([[source, stampOf(T0_MS + number, 100_000)]])]));
    let twin = EMPTY;
    const sizes: number[] = [];
    for (let number = 0; number < 1000; number += 2) {
      twin = merge(twin, [
        reading('cam-1', number, { seen: seenOf('gw-1/radar', number - 1) }),
        reading('gw-1/radar', number + 1, { seen: seenOf('cam-1', number) }),
      ]).twin;
      sizes.push(bytesOf(twin).stored);
    }
    expect(new Set(sizes.slice(1)).size).toBe(1);
  });

  it('grows by the same for every source that is live', () => {
    const sizes = Array.from({ length: 10 }, (_, sources) => {
      const readings = Array.from({ length: sources + 1 }, (_, number) => reading(`cam-${number}`, number));
      return bytesOf(merge(EMPTY, readings).twin);
    });
    for (const size of ['canonical', 'stored'] as const) {
      const steps = sizes.slice(1).map((bytes, index) => bytes[size] - (sizes[index]?.[size] ?? 0));
      expect(new Set(steps).size).toBe(1);
    }
  });

  it('keeps of every retired source one floor, however much it has said about however many attributes', () => {
    const empty = bytesOf(EMPTY).stored;
    let twin = EMPTY;
    for (let source = 10; source < 60; source++) {
      const name = `cam-${source}`;
      twin = merge(twin, [
        ...Array.from({ length: 20 }, (_, number) => reading(name, number)),
        reading(name, 20, { kind: 'retire' }),
        reading(name, 19),
      ]).twin;
    }
    expect(twin.registers.size).toBe(0);
    expect(twin.floors.size).toBe(50);
    // Its name, the digits of its stamp by two, and a byte each for the number and for being a member.
    expect(bytesOf(twin).stored - empty).toBe(50 * ('cam-10'.length + 10 + 1 + 1));
  });

  it('keeps one floor of a source that is retired again and again', () => {
    let twin = EMPTY;
    for (let number = 0; number < 100; number += 2) {
      twin = merge(twin, [reading('cam-1', number), reading('cam-1', number + 1, { kind: 'retire' })]).twin;
    }
    expect(twin.floors).toEqual(new Map([['cam-1', stampOf(T0_MS + 99, 100_000)]]));
    expect(twin.registers.size).toBe(0);
  });
});
