import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TwinDelta } from '../../../core/delta/delta.ts';
import { departureFrom, packDeltas } from '../../../core/delta/pack.ts';
import { placeOf, placeOfTwin, samePlace } from '../../../core/delta/place.ts';
import { type CityView, createView, type VersionedJson } from '../../../core/delta/view.ts';
import type { Observation } from '../../../core/observation.ts';
import { emptyTwin, merge } from '../../../core/twin/join.ts';
import { resolve } from '../../../core/twin/resolve.ts';
import { resolvedJson } from '../../../core/twin/twin-json.ts';
import type { Twin } from '../../../core/twin/twin.ts';
import { ASSET_ID, observationOf, observations } from '../twin/arbitraries.ts';
import { ASSET_TYPES, decoded, deltaOf } from './deltas.ts';

const CITY = { assetTypes: ASSET_TYPES };
const EAST = { longitude: 13.4, latitude: 52.5 };
const WEST = { longitude: -13.4, latitude: 52.5 };

/** A twin's life: each write of it, what was published then, and where. */
interface Life {
  readonly twin: Twin;
  readonly version: number;
  readonly publications: readonly Publication[];
}
interface Publication {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** As the resolver does: a departure before the write that moves the twin, its delta after each batch. */
function live(batches: readonly (readonly Observation[])[]): Life {
  let twin = emptyTwin(ASSET_ID, 'TrafficFlowObserved', 'north', true);
  let version = 0;
  const publications: Publication[] = [];
  for (const [nowMs, batch] of batches.entries()) {
    const before = twin;
    const merged = merge(before, batch);
    if (merged.changed) {
      twin = merged.twin;
      const [from, to] = [placeOfTwin(before), placeOfTwin(twin)];
      const departure = { assetId: ASSET_ID, version: version + 1, resolvedAtMs: nowMs, to };
      if (version > 0 && !samePlace(from, to)) publications.push(departureFrom(from, departure));
      version += 1;
    }
    if (version > 0) publications.push(...packDeltas([deltaOf(twin, version, nowMs)]).packs);
  }
  return { twin, version, publications };
}

function take(view: CityView, { payload }: Publication): void {
  const { deltas, departures } = decoded(payload);
  for (const delta of deltas) view.apply(delta);
  for (const departure of departures) view.depart(departure);
}

/** The API's answer. */
function answer({ twin, version }: Life, nowMs: number) {
  return { ...resolvedJson(resolve(twin, ASSET_TYPES[twin.assetType], nowMs)), version };
}

function shownIn(view: CityView) {
  return [...view.twins().values()].map(undated);
}

/** Without the time of asking. */
function undated(json: VersionedJson) {
  const { resolvedAt: _, ...rest } = json;
  return rest;
}

const lives = fc.array(fc.array(observations, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 8 });

describe('a view of the whole city', () => {
  it('is the newest twin, however deltas were repeated and reordered, and others lost', () => {
    const disorder = lives.chain((batches) => {
      const { publications } = live(batches);
      const fates = fc.array(fc.nat({ max: 2 }), { minLength: publications.length, maxLength: publications.length });
      return fates.chain((copies) => {
        const arrived = publications.flatMap((publication, at) => {
          const isLast = at === publications.length - 1;
          return Array.from({ length: Math.max(copies[at] ?? 0, Number(isLast)) }, () => publication);
        });
        const shuffled = fc.shuffledSubarray(arrived, { minLength: arrived.length });
        return fc.record({ batches: fc.constant(batches), arrivals: shuffled });
      });
    });
    fc.assert(
      fc.property(disorder, fc.nat({ max: 12 }), ({ batches, arrivals }, laterMs) => {
        const life = live(batches);
        fc.pre(life.version > 0);
        const view = createView({}, CITY);
        for (const arrival of arrivals) take(view, arrival);
        const nowMs = batches.length - 1 + laterMs;
        view.expire(nowMs);
        expect(shownIn(view)).toEqual([undated(answer(life, nowMs))]);
      }),
    );
  });

  it('is mended by the API once the result ends, where even the last delta was lost', () => {
    fc.assert(
      fc.property(lives, fc.infiniteStream(fc.boolean()), (batches, isLost) => {
        const life = live(batches);
        const view = createView({}, CITY);
        for (const publication of life.publications) if (!isLost.next().value) take(view, publication);
        // Long after the end of every vote. What never expires, such as a position, never calls for a look.
        const asked = view.expire(1e6);
        if (asked.length > 0) {
          view.show(answer(life, 1e6));
          expect(shownIn(view)).toEqual([undated(answer(life, 1e6))]);
          expect(view.expire(1e6)).toEqual([]);
        }
      }),
    );
  });
});

describe('a view of one tile', () => {
  const here = placeOf({ zone: 'north', position: { value: EAST, observedAtMs: 0, source: '' } });
  const at = (stamp: bigint, position = EAST) => [observationOf({ stamp, position })];

  it('holds what stands there, whatever the subscriber of that tile missed or saw twice but the last', () => {
    const stay = fc.constantFrom(EAST, WEST);
    fc.assert(
      fc.property(
        fc.array(stay, { minLength: 2, maxLength: 8 }),
        fc.infiniteStream(fc.nat({ max: 2 })),
        (stays, copies) => {
          const life = live(stays.map((position, index) => at(BigInt(index + 1), position)));
          const heard = life.publications.filter(({ topic }) => topic === `twin/north/${here.tile}/delta`);
          const view = createView(here, CITY);
          for (const [index, publication] of heard.entries()) {
            const times = index === heard.length - 1 ? 1 : copies.next().value;
            for (let time = 0; time < times; time++) take(view, publication);
          }
          expect(view.twins().size).toBe(Number(samePlace(placeOfTwin(life.twin), here) && heard.length > 0));
        },
      ),
    );
  });

  it('does not bring back what has left, when an older delta comes late', () => {
    const life = live([at(1n), at(2n), at(3n, WEST)]);
    const [first, second, departure] = life.publications;
    const view = createView(here, CITY);
    for (const publication of [first, departure, second, first]) if (publication) take(view, publication);
    expect(view.twins().size).toBe(0);
  });

  it('takes back what returns', () => {
    const life = live([at(1n), at(2n, WEST), at(3n)]);
    const view = createView(here, CITY);
    for (const publication of life.publications) if (publication.topic.includes(here.tile)) take(view, publication);
    expect(view.twins().get(ASSET_ID)?.version).toBe(3);
  });

  it('drops what the API says is elsewhere, when the departure was lost', () => {
    const life = live([at(1n), at(2n, WEST)]);
    const view = createView(here, CITY);
    const [first] = life.publications;
    if (first) take(view, first);
    expect(view.twins().size).toBe(1);
    expect(view.expire(1e6)).toEqual([ASSET_ID]);
    view.show(answer(life, 1e6));
    expect(view.twins().size).toBe(0);
  });

  it('passes over a departure to a place that it looks at, too', () => {
    const life = live([at(1n), at(2n, WEST)]);
    const view = createView({ zone: 'north' }, CITY);
    for (const publication of life.publications.toReversed()) take(view, publication);
    expect(view.twins().get(ASSET_ID)).toMatchObject({ version: 2, position: WEST });
  });

  it('keeps what another writer of the same version reported here at the instant of a departure', () => {
    const view = createView(here, CITY);
    const { twin } = live([at(1n)]);
    view.apply(deltaOf(twin, 2, 5));
    expect(view.depart({ assetId: ASSET_ID, version: 2, resolvedAtMs: 5, to: { zone: 'south', tile: 'none' } })).toBe(
      false,
    );
    expect(view.depart({ assetId: ASSET_ID, version: 2, resolvedAtMs: 6, to: { zone: 'south', tile: 'none' } })).toBe(
      true,
    );
    expect(view.apply(deltaOf(twin, 2, 5))).toBe(false);
    expect(view.apply(deltaOf(twin, 2, 6))).toBe(true);
  });
});

describe('a view that began with the API', () => {
  const life = live([[observationOf({ stamp: 5n })]]);

  it('takes a newer delta and no older one', () => {
    const view = createView({}, CITY);
    view.show(answer(life, 1));
    expect(view.apply(deltaOf(life.twin, 1, 0))).toBe(false);
    expect(view.apply(deltaOf(life.twin, 1, 1))).toBe(false);
    expect(view.apply(deltaOf(life.twin, 1, 2))).toBe(true);
    expect(view.apply(deltaOf(life.twin, 2, 0))).toBe(true);
  });

  it('cannot resolve again without siblings, and keeps asking until it is answered', () => {
    const view = createView({}, CITY);
    view.show(answer(life, 1));
    expect(view.expire(2)).toEqual([]);
    expect(view.expire(3)).toEqual([ASSET_ID]);
    expect(view.expire(3)).toEqual([ASSET_ID]);
    expect(view.twins().get(ASSET_ID)?.attributes['intensity']?.quality).toBe('good');
    view.show(answer(life, 3));
    expect(view.twins().get(ASSET_ID)?.attributes['intensity']?.quality).toBe('stale');
    expect(view.expire(1e6)).toEqual([]);
  });

  it('keeps the siblings that a delta of the same version brought', () => {
    const view = createView({}, CITY);
    view.apply(deltaOf(life.twin, 1, 0));
    view.show(answer(life, 1));
    view.expire(3);
    expect(view.twins().get(ASSET_ID)?.attributes['intensity']?.quality).toBe('stale');
  });
});

describe('an abridged delta', () => {
  it('is shown, and asked about when its time has come', () => {
    const view = createView({}, CITY);
    const whole = deltaOf(live([[observationOf()]]).twin, 1, 0);
    const abridged: TwinDelta = { version: 1, resolved: whole.resolved };
    view.apply(abridged);
    expect(view.expire(3)).toEqual([ASSET_ID]);
    expect(view.expire(3)).toEqual([ASSET_ID]);
  });
});
