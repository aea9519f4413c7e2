import { describe, expect, it } from 'vitest';
import { hourOf, hourPrefix, mayHold, visitObservations } from '../../../core/archive/archived-log.ts';
import { encodeObservationRecord } from '../../../core/codec/observation-record.ts';
import type { Observation } from '../../../core/observation.ts';
import { observationOf } from '../codec/factories.ts';

const some = Array.from({ length: 5 }, (_, index) =>
  observationOf({ readingId: `trace-${index}/0`, stamp: BigInt(index) }),
);

function visited(bytes: Uint8Array) {
  const found: Observation[] = [];
  return { ...visitObservations(bytes, (observation) => found.push(observation)), found };
}

describe('an object of the archived log', () => {
  it('is records one behind the other, visited in their order', () => {
    const bytes = Buffer.concat([encodeObservationRecord(some.slice(0, 2)), encodeObservationRecord(some.slice(2))]);
    expect(visited(bytes)).toEqual({ observations: 5, found: some });
    expect(visited(new Uint8Array())).toEqual({ observations: 0, found: [] });
  });

  it('passes over fields that this version does not know', () => {
    // Field 2 of wire type 0, value 1.
    const bytes = Buffer.concat([Buffer.of(0x10, 0x01), encodeObservationRecord(some)]);
    expect(visited(bytes).observations).toBe(5);
  });

  it('gives what stands before the damage, and says that there is some', () => {
    const whole = encodeObservationRecord(some);
    const cut = visited(whole.subarray(0, whole.length - 1));
    expect(cut.found).toEqual(some.slice(0, 4));
    expect(cut.damage).toContain('end');
    const garbage = visited(Buffer.concat([encodeObservationRecord(some.slice(0, 3)), Buffer.from('not a record')]));
    expect(garbage.found).toEqual(some.slice(0, 3));
    expect(garbage.damage).toBeDefined();
    // An element of no bytes: an observation without its fields.
    expect(visited(Buffer.of(0x0a, 0x00)).damage).toContain('incomplete');
  });

  it('lets what the visitor throws through', () => {
    expect(() =>
      visitObservations(encodeObservationRecord(some), () => {
        throw new Error('broken invariant');
      }),
    ).toThrow('broken invariant');
  });
});

describe('its key', () => {
  const atMs = Date.UTC(2026, 0, 2, 3, 59, 59, 999);

  it('begins with the hour of its oldest record, in UTC', () => {
    expect(hourPrefix(atMs)).toBe('observations/2026/01/02/03/');
    expect(hourOf(`${hourPrefix(atMs)}cityweave-archive-1-2026-01-02-03-59-59-uuid.pb.gz`)).toBe(
      Date.UTC(2026, 0, 2, 3),
    );
    expect(hourOf('errors/2026/01/02/03/object')).toBeUndefined();
  });

  it('and the time of its writing say whether it may hold what came within a window', () => {
    const object = { key: `${hourPrefix(atMs)}object`, writtenAtMs: Date.UTC(2026, 0, 2, 4, 5) };
    const hour = (hours: number, minutes = 0) => Date.UTC(2026, 0, 2, hours, minutes);
    expect(mayHold(object, { fromMs: hour(3, 30), toMs: hour(4) })).toBe(true);
    expect(mayHold(object, { fromMs: hour(0), toMs: hour(3) })).toBe(false);
    expect(mayHold(object, { fromMs: hour(0), toMs: hour(3) + 1 })).toBe(true);
    // It was written at five past, or up to a second later.
    expect(mayHold(object, { fromMs: hour(4, 5) + 999, toMs: hour(9) })).toBe(true);
    expect(mayHold(object, { fromMs: hour(4, 5) + 1000, toMs: hour(9) })).toBe(false);
  });
});
