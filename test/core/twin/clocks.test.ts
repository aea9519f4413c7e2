/** What becomes of a source whose clock or whose name cannot be trusted: from its message to the value that is shown. */

import { beforeEach, describe, expect, it } from 'vitest';
import { validateReading } from '../../../core/codec/validate-reading.ts';
import { normalize } from '../../../core/codec/normalize.ts';
import type { Observation } from '../../../core/observation.ts';
import type { KeptReading } from '../../../core/ports.ts';
import type { RegisteredAsset, StageName } from '../../../core/schema/city-config.ts';
import { doubtfulClocks } from '../../../core/twin/clock.ts';
import { createFold } from '../../../core/twin/fold.ts';
import { emptyTwin, merge } from '../../../core/twin/join.ts';
import { type ResolvedTwin, resolve } from '../../../core/twin/resolve.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import type { Twin } from '../../../core/twin/twin.ts';
import { draftOf, EIGHT_O_CLOCK_MS as T0_MS, messageOf } from '../codec/factories.ts';
import { smallCity } from '../schema/small-city.ts';
import { permutationsOf } from './arbitraries.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Of `taken` in the small city: for so long a reading counts. */
const MAX_AGE_MS = MINUTE;
const AHEAD_MAX_MS = 5 * MINUTE;

interface Sent {
  /** When it is received, after eight. */
  readonly atMs: number;
  /** Of the device's clock then; right where absent, `null` where it sends no time. */
  readonly clockMs?: number | null;
  readonly taken: number;
  readonly counter?: number;
  readonly source?: string;
  readonly asset?: string;
  readonly position?: { readonly lat: number; readonly lon: number };
}

/** A city that normalizes, logs and merges what devices send. */
interface City {
  readonly log: Observation[];
  readonly kept: KeptReading[];
  readonly assets: Map<string, RegisteredAsset>;
  twin(asset?: string): Twin;
  send(sent: Sent): void;
  merge(observation: Observation): void;
  /** The garage's `taken`, as it is shown so long after eight. */
  takenAt(atMs: number, asset?: string): ReturnType<ResolvedTwin['attributes']['get']>;
}

function cityOf(stageName: StageName): City {
  const log: Observation[] = [];
  const kept: KeptReading[] = [];
  const twins = new Map<string, Twin>();
  const assets = new Map(Object.entries(smallCity.assets));
  const twin = (asset = 'garage') => twins.get(asset) ?? emptyTwin(asset, 'CarPark', 'north', true);
  const enter = (observation: Observation) => {
    log.push(observation);
    twins.set(observation.assetId, merge(twin(observation.assetId), [observation]).twin);
  };
  return {
    log,
    kept,
    assets,
    twin,
    merge: enter,
    send({ atMs, clockMs = T0_MS + atMs, taken, counter, source = 'gate', asset = 'garage', position }) {
      const reading = { ...(clockMs !== null && { observedAt: clockMs }), counter, attributes: { taken }, position };
      const topic = `dt/north/CarPark/${asset}/${source}`;
      const message = messageOf(reading, { messageId: `trace-${atMs}-${source}`, topic, receivedAtMs: T0_MS + atMs });
      const normalized = normalize(message, { city: smallCity, stage: smallCity.stages[stageName], assets });
      kept.push(...normalized.kept);
      for (const observation of normalized.observations) enter(observation);
    },
    takenAt: (atMs, asset) =>
      resolve(twin(asset), smallCity.assetTypes['CarPark'], T0_MS + atMs).attributes.get('taken'),
  };
}

let city: City;
beforeEach(() => {
  city = cityOf('prod');
});

describe('a device that reboots', () => {
  it('is heard at once though its counter begins again', () => {
    city.send({ atMs: 0, counter: 999_999, taken: 60 });
    city.send({ atMs: SECOND, counter: 1, taken: 61 });
    expect(city.takenAt(SECOND)).toMatchObject({ value: 61, quality: 'good' });
  });

  it('at 1970 is refused until its clock is right, and everything it said is kept', () => {
    city.send({ atMs: 0, taken: 60 });
    city.send({ atMs: SECOND, clockMs: 4000, taken: 5 });
    city.send({ atMs: 2 * SECOND, clockMs: 5000, taken: 5 });
    expect(city.kept.map(({ reason }) => reason)).toEqual(['time-in-past', 'time-in-past']);
    expect(city.takenAt(2 * SECOND)).toMatchObject({ value: 60, quality: 'good' });
    city.send({ atMs: 3 * SECOND, taken: 62 });
    expect(city.takenAt(3 * SECOND)).toMatchObject({ value: 62, quality: 'good' });
  });

  it('at 1970, where any age is taken, is logged as superseded', () => {
    city = cityOf('dev');
    city.send({ atMs: 0, taken: 60 });
    city.send({ atMs: SECOND, clockMs: 4000, taken: 5 });
    expect(fatesOf(city)).toEqual(['applied', 'superseded']);
    expect(city.takenAt(SECOND)).toMatchObject({ value: 60, quality: 'good' });
  });

  it('at 1970, where any age is taken and nothing else is known, shows as stale and never as good', () => {
    city = cityOf('dev');
    city.send({ atMs: 0, clockMs: 4000, taken: 5 });
    expect(city.takenAt(0)).toMatchObject({ value: 5, quality: 'stale', observedAtMs: 4000 });
    expect(clocksOf(city)).toEqual([{ source: 'gate', fault: 'behind-or-late', offsetMs: 4000 - T0_MS }]);
    city.send({ atMs: SECOND, taken: 61 });
    expect(city.takenAt(SECOND)).toMatchObject({ value: 61, quality: 'good' });
    expect(clocksOf(city)).toEqual([]);
  });
});

describe('a clock that jumps forward', () => {
  it('beyond what is allowed is refused, and holds nothing up', () => {
    city.send({ atMs: 0, taken: 60 });
    city.send({ atMs: SECOND, clockMs: T0_MS + SECOND + AHEAD_MAX_MS + 1, taken: 5 });
    expect(city.kept.map(({ reason }) => reason)).toEqual(['time-in-future']);
    city.send({ atMs: 2 * SECOND, taken: 61 });
    expect(city.takenAt(2 * SECOND)).toMatchObject({ value: 61, quality: 'good' });
  });

  it('by as much as is allowed holds its own source up for that long, names it, and no other', () => {
    city.send({ atMs: 0, clockMs: T0_MS + AHEAD_MAX_MS, counter: 0, taken: 5 });
    expect(clocksOf(city)).toEqual([{ source: 'gate', fault: 'ahead', offsetMs: AHEAD_MAX_MS }]);
    city.send({ atMs: AHEAD_MAX_MS - 1, counter: 0, taken: 61 });
    city.send({ atMs: AHEAD_MAX_MS - 1, source: 'camera', taken: 62 });
    expect(city.takenAt(AHEAD_MAX_MS - 1)).toMatchObject({ value: 62, sources: ['camera'], flags: ['disagreeing'] });
    city.send({ atMs: AHEAD_MAX_MS, counter: 1, taken: 63 });
    expect(city.takenAt(AHEAD_MAX_MS)).toMatchObject({ value: 63, sources: ['gate'] });
    expect(fatesOf(city)).toEqual(['applied', 'superseded', 'applied', 'applied']);
    expect(clocksOf(city)).toEqual([]);
  });
});

describe('a clock that jumps back', () => {
  beforeEach(() => {
    city.send({ atMs: 0, taken: 60 });
    for (let atMs = SECOND; atMs <= HOUR; atMs += 30 * SECOND) {
      city.send({ atMs, clockMs: T0_MS + atMs - HOUR, taken: 5 });
    }
  });

  it('never shows the past as present: the value goes stale when the last true reading is too old', () => {
    expect(city.takenAt(MAX_AGE_MS)).toMatchObject({ value: 60, quality: 'good', observedAtMs: T0_MS });
    expect(city.takenAt(MAX_AGE_MS + 1)).toMatchObject({ value: 60, quality: 'stale', observedAtMs: T0_MS });
  });

  it('leaves the value to the other sources', () => {
    city.send({ atMs: HOUR, source: 'camera', taken: 47 });
    expect(city.takenAt(HOUR)).toMatchObject({ value: 47, quality: 'good', sources: ['camera'] });
  });

  it('is heard again once it has come to where it was, and shows as behind from then on', () => {
    city.send({ atMs: HOUR + SECOND, clockMs: T0_MS + SECOND, taken: 61 });
    expect(city.twin().registers.get('taken')?.get('gate')?.sibling?.value).toBe(61);
    expect(city.takenAt(HOUR + SECOND)).toMatchObject({ value: 61, quality: 'stale' });
    expect(clocksOf(city)).toEqual([{ source: 'gate', fault: 'behind-or-late', offsetMs: -HOUR }]);
    city.send({ atMs: HOUR + 2 * SECOND, taken: 62 });
    expect(city.takenAt(HOUR + 2 * SECOND)).toMatchObject({ value: 62, quality: 'good' });
  });

  it('is told from silence by the log alone: what is superseded keeps coming, with one and the same lead', () => {
    expect(clocksOf(city)).toEqual([]);
    const fates = fatesOf(city);
    const superseded = city.log.filter((_, index) => fates[index] === 'superseded');
    expect(superseded).toHaveLength(120);
    const leads = new Set(superseded.map(({ observedAtMs, receivedAtMs }) => observedAtMs - receivedAtMs));
    expect(leads).toEqual(new Set([-HOUR]));
    const stands = city.twin().registers.get('taken')?.get('gate')?.sibling?.receivedAtMs ?? Number.NaN;
    expect(superseded.every(({ receivedAtMs }) => receivedAtMs > stands)).toBe(true);
  });
});

describe('a device without a clock', () => {
  it('counts with the time of receipt, and never as good', () => {
    city.send({ atMs: 0, clockMs: null, taken: 60 });
    expect(city.takenAt(0)).toMatchObject({ value: 60, quality: 'uncertain', flags: ['observed-at-missing'] });
    expect(clocksOf(city)).toEqual([{ source: 'gate', fault: 'observed-at-missing', offsetMs: null }]);
  });
});

describe('two devices with one name', () => {
  it('are one source: the later reading stands, whichever of them it comes from', () => {
    city.send({ atMs: 0, counter: 1, taken: 60 });
    city.send({ atMs: 10, counter: 7, taken: 12 });
    city.send({ atMs: 20, counter: 2, taken: 61 });
    expect(city.twin().registers.get('taken')?.size).toBe(1);
    expect(city.takenAt(20)).toMatchObject({ value: 61 });
  });

  it('that say different things in one millisecond are two dots, if the content or the counter tells them apart', () => {
    city.send({ atMs: 0, taken: 60 });
    city.send({ atMs: 1, clockMs: T0_MS, taken: 12 });
    expect(new Set(city.log.map(({ stamp }) => stamp)).size).toBe(2);
    expect(fold(city).collisions()).toEqual([]);
  });

  it('that use one dot for different things are reported, and no order of arrival decides which one stands', () => {
    city.send({ atMs: 0, counter: 4711, taken: 60 });
    city.send({ atMs: 1, clockMs: T0_MS, counter: 4711, taken: 12 });
    expect(fold(city).collisions()).toMatchObject([{ source: 'gate', readingId: 'trace-1-gate/0' }]);
    for (const order of permutationsOf(city.log)) {
      const { twin, collisions } = merge(emptyTwin('garage', 'CarPark', 'north', true), order);
      expect(twin.registers.get('taken')?.get('gate')?.sibling?.value).toBe(12);
      expect(collisions.map(({ readingId }) => readingId)).toEqual([order[1]?.readingId]);
    }
  });
});

describe('a source that is retired', () => {
  it('is gone at once, with its position, and what comes late of it changes nothing', () => {
    city.send({ atMs: 0, taken: 60, position: { lat: 50.5, lon: 10.5 } });
    city.send({ atMs: 0, source: 'camera', taken: 47 });
    city.merge(retirement('gate', SECOND));
    expect(city.takenAt(SECOND)).toMatchObject({ value: 47, sources: ['camera'] });
    expect(city.twin().registers.has('position')).toBe(false);
    city.send({ atMs: 2 * SECOND, clockMs: T0_MS + SECOND, counter: 0, taken: 80 });
    expect(city.takenAt(2 * SECOND)).toMatchObject({ value: 47, sources: ['camera'] });
    expect(fatesOf(city)).toEqual(['applied', 'applied', 'applied', 'superseded']);
  });

  it('is heard again when it is put back: what it observes after its floor counts', () => {
    city.send({ atMs: 0, taken: 60 });
    city.merge(retirement('gate', SECOND));
    city.send({ atMs: 2 * SECOND, taken: 61 });
    expect(city.takenAt(2 * SECOND)).toMatchObject({ value: 61, quality: 'good' });
  });
});

describe('a source that moves to another asset', () => {
  const move = () => {
    city.assets.set('garage', { assetType: 'CarPark', zone: 'north', sources: ['camera'] });
    city.assets.set('yard', { assetType: 'CarPark', zone: 'north', sources: ['gate'] });
  };
  beforeEach(() => {
    city.send({ atMs: 0, taken: 60, position: { lat: 50.5, lon: 10.5 } });
    move();
  });

  it('speaks for the new one at once, and no more for the old one, whatever its topic says', () => {
    city.send({ atMs: SECOND, asset: 'yard', taken: 12 });
    city.send({ atMs: SECOND, asset: 'garage', taken: 13 });
    expect(city.takenAt(SECOND, 'yard')).toMatchObject({ value: 12, quality: 'good' });
    expect(city.takenAt(SECOND)).toMatchObject({ value: 60 });
    expect(city.kept.map(({ reason }) => reason)).toEqual(['not-authorized']);
  });

  it('leaves a value behind that goes stale, and a position that stays, until it is retired there', () => {
    expect(city.takenAt(MAX_AGE_MS + 1)).toMatchObject({ value: 60, quality: 'stale' });
    expect(city.twin().registers.has('position')).toBe(true);
    city.send({ atMs: SECOND, asset: 'yard', taken: 12 });
    city.merge(retirement('gate', 2 * SECOND));
    expect(city.twin().registers.size).toBe(0);
    // A floor is of one twin: the source goes on elsewhere.
    expect(city.takenAt(2 * SECOND, 'yard')).toMatchObject({ value: 12, quality: 'good' });
  });
});

describe('what a writer claims to have seen', () => {
  const CAMERA_SEES = (stamp: bigint) => new Map([['taken', new Map([['gate', stamp]])]]);
  const claimed = (aheadMs: number) => {
    const draft = draftOf({ source: 'camera', seen: CAMERA_SEES(stampOf(T0_MS + aheadMs, 0)) });
    const place = { message: messageOf({}), index: 0, count: 1 };
    return validateReading(draft, place, smallCity.assets['garage'], smallCity, smallCity.stages.prod);
  };

  it('of a source from further ahead than is allowed is refused', () => {
    expect(claimed(AHEAD_MAX_MS + 1)).toMatchObject({ ok: false, reason: 'time-in-future' });
  });

  it('from as far ahead as is allowed silences the source for that long, and no longer', () => {
    const claim = claimed(AHEAD_MAX_MS);
    if (!claim.ok) throw new Error(claim.detail);
    city.merge(claim.observation);
    city.send({ atMs: AHEAD_MAX_MS, counter: 0, taken: 80 });
    expect(city.twin().registers.get('taken')?.get('gate')?.sibling).toBeUndefined();
    city.send({ atMs: AHEAD_MAX_MS, counter: 1, taken: 81 });
    expect(city.takenAt(AHEAD_MAX_MS)).toMatchObject({ value: 81, quality: 'good', sources: ['gate'] });
  });
});

function retirement(source: string, atMs: number): Observation {
  return {
    readingId: `retire-${source}/0`,
    count: 1,
    kind: 'retire',
    clientId: 'operator/ada',
    flags: [],
    assetId: 'garage',
    assetType: 'CarPark',
    zone: 'north',
    source,
    stamp: stampOf(T0_MS + atMs, 0),
    seen: new Map(),
    observedAtMs: T0_MS + atMs,
    receivedAtMs: T0_MS + atMs,
    attestation: 'none',
    attributes: new Map(),
    schema: 0n,
  };
}

function clocksOf(of: City) {
  return doubtfulClocks(of.twin());
}

function fold({ log }: City) {
  const created = createFold();
  for (const observation of log) created.add(observation);
  return created;
}

function fatesOf(of: City): readonly string[] {
  return [...fold(of).fates().values()];
}
