import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NOTHING_HEARD } from '../../../core/sync/receiver-state.ts';
import { dynamodbLanes, type Lanes } from '../../../lambdas/sync-receiver/dynamodb-lanes.ts';
import { laneNames, NAMES_PER_LANE_MAX } from '../../../lambdas/sync-receiver/lane-names.ts';
import type { LaneKey, StoredLane } from '../../../lambdas/sync-receiver/lane-item.ts';
import { frameReadingOf } from '../../core/sync/frames.ts';
import { startTables, type Tables } from '../shared/tables.ts';
import { LANES_TABLE } from './lanes-table.ts';

let tables: Tables;
let gateways = 0;
let key: LaneKey;

beforeAll(async () => {
  tables = await startTables();
  await tables.create({ TableName: 'lanes', ...LANES_TABLE });
});
afterAll(() => tables?.close());
beforeEach(() => {
  key = { gateway: `gw-${gateways++}`, lane: 'bulk' };
});

const lanes = () => dynamodbLanes(tables.client, 'lanes');

async function stored(of = key): Promise<StoredLane> {
  const [lane] = await lanes().read([of]);
  return lane ?? expect.fail('a lane is always read');
}

describe('a lane', () => {
  it('is nothing heard until it is written, and then what was written', async () => {
    expect(await stored()).toEqual({ key, zone: '', version: 0, state: NOTHING_HEARD, isWaiting: false });
    const next = { ...(await stored()), zone: 'north', state: { ...NOTHING_HEARD, epoch: 7 }, isWaiting: true };
    expect(await lanes().write(next)).toBe('written');
    expect(await stored()).toEqual({ ...next, version: 1 });
    expect(await stored({ ...key, lane: 'critical' })).toMatchObject({ version: 0 });
  });

  it('is written by one of several that have read it', async () => {
    const [one, other] = [await stored(), await stored()];
    expect(await lanes().write(one)).toBe('written');
    expect(await lanes().write(other)).toBe('race-lost');
    const [again, late] = [await stored(), await stored()];
    expect(await lanes().write(again)).toBe('written');
    expect(await lanes().write(late)).toBe('race-lost');
  });

  it('is listed as long as it waits', async () => {
    await lanes().write({ ...(await stored()), isWaiting: true });
    expect(await lanes().waiting()).toContainEqual(key);
    await lanes().write({ ...(await stored()), isWaiting: false });
    expect(await lanes().waiting()).not.toContainEqual(key);
  });
});

describe('the names of a lane', () => {
  const frameOf = (...readings: readonly ReturnType<typeof frameReadingOf>[]) => ({
    gateway: key.gateway,
    lane: key.lane,
    epoch: 7,
    sequence: 1,
    sentAtMs: 0,
    kind: 'delta' as const,
    readings,
  });

  it('are what its frames have named, positions too, whoever asks', async () => {
    const position = { longitude: 1, latitude: 2 };
    await laneNames(lanes()).note(key, [
      frameOf(frameReadingOf(), frameReadingOf({ sensor: 'fused', position }), frameReadingOf({ assetId: 'yard' })),
      frameOf(frameReadingOf({ attributes: new Map([['temperature', 1]]) })),
    ]);
    const expected = new Map([
      ['garage', new Set(['taken/loop', 'taken/fused', 'position/fused', 'temperature/loop'])],
      ['yard', new Set(['taken/loop'])],
    ]);
    expect(await laneNames(lanes()).of(key)).toEqual(expected);
    expect(await laneNames(lanes()).of({ ...key, lane: 'critical' })).toEqual(new Map());
  });

  it('are written when they are new, and only then', async () => {
    const written: unknown[] = [];
    const watched: Pick<Lanes, 'names' | 'addNames'> = {
      names: (of) => lanes().names(of),
      addNames: (of, added) => {
        written.push(added);
        return lanes().addNames(of, added);
      },
    };
    const names = laneNames(watched);
    for (let round = 0; round < 2; round += 1) await names.note(key, [frameOf(frameReadingOf())]);
    await laneNames(watched).note(key, [frameOf(frameReadingOf())]);
    expect(written).toEqual([new Map([['garage', new Set(['taken/loop'])]]), new Map(), new Map()]);
  });

  it('are no more than a twin could have: nothing that is no name', async () => {
    const readings = [
      frameReadingOf({ assetId: 'no name' }),
      frameReadingOf({ sensor: 'a/b' }),
      frameReadingOf({ attributes: new Map([['', 1]]) }),
    ];
    await laneNames(lanes()).note(key, [frameOf(...readings)]);
    expect(await laneNames(lanes()).of(key)).toEqual(new Map());
  });

  it('end at a limit', async () => {
    const full = new Map(
      Array.from({ length: NAMES_PER_LANE_MAX - 1 }, (_, index) => [`a-${index}`, new Set(['x/y'])] as const),
    );
    const added: string[] = [];
    const names = laneNames({
      names: async () => full,
      addNames: async (_, more) => void added.push(...more.keys()),
    });
    await names.note(key, [frameOf(frameReadingOf({ assetId: 'last' }), frameReadingOf({ assetId: 'beyond' }))]);
    expect(added).toEqual(['last']);
  });
});
