import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../../core/observation.ts';
import type { FrameReading } from '../../../core/sync/frame.ts';
import { PRIORITIES, type Priority } from '../../../edge-greengrass/ports.ts';
import { spoolDirectory } from '../spool/spool-directory.ts';
import { FAIR, FOUL } from './virtual-line.ts';
import { type Acknowledged, createWorld } from './world.ts';

type World = Awaited<ReturnType<typeof createWorld>>;

/** Others by the environment, for a long campaign. */
const { JOURNAL_SEEDS = '1 20261121' } = process.env;
const SEEDS = JOURNAL_SEEDS.split(' ').map(Number);
const STEPS = 150;
const SETTLING_MS = 8 * 60 * 1000;
const SKEW_MAX_MS = 120_000;

/** Something that one of a priority's sensors could say now. The sensors of the critical lane have its name. */
function anyReading({ random, clockMs }: World, priority: Priority): FrameReading {
  const lane = priority === 'critical' ? 'critical' : 'bulk';
  const stamp = BigInt(clockMs()) * 1_000_000n + BigInt(random(1_000_000));
  const attributes = new Map<string, AttributeValue>([['taken', random(40)]]);
  if (random(3) === 0) attributes.set('temperature', random(600) / 10 - 10);
  if (random(4) === 0) attributes.set('note', `n${random(1000)}`);
  return {
    assetId: `garage-${random(4)}`,
    assetType: 'CarPark',
    sensor: `${lane}-${priority}-${random(3)}`,
    stamp,
    attributes,
    seen: new Map(),
  };
}

/** Minutes of foul weather with cuts, deaths and clocks that jump at random, and a while of fair weather. */
async function trouble(world: World): Promise<void> {
  const { random } = world;
  world.line.setWeather(FOUL);
  for (let step = 0; step < STEPS; step += 1) {
    const priority = PRIORITIES[random(PRIORITIES.length)] ?? 'low';
    void world.append(priority, anyReading(world, priority));
    if (random(12) === 0) world.line.setWeather({ ...FOUL, isCut: random(2) === 0 });
    if (random(50) === 0) await world.crash();
    if (random(40) === 0) world.setSkew(random(2 * SKEW_MAX_MS) - SKEW_MAX_MS);
    await world.run(50 * (1 + random(12)));
  }
  world.line.setWeather(FAIR);
  await world.run(SETTLING_MS, 500);
}

/** `asset/attribute/sensor` → what was acknowledged last, read off the acknowledgements alone. */
function latestOf(acknowledged: readonly Acknowledged[]): ReadonlyMap<string, readonly [bigint, AttributeValue]> {
  const latest = new Map<string, readonly [bigint, AttributeValue]>();
  for (const { reading } of acknowledged) {
    for (const [name, value] of reading.attributes) {
      const key = `${reading.assetId}/${name}/${reading.sensor}`;
      if (reading.stamp >= (latest.get(key)?.[0] ?? 0n)) latest.set(key, [reading.stamp, value]);
    }
  }
  return latest;
}

function twinValue({ cloud }: World, key: string): AttributeValue | undefined {
  const [assetId = '', attribute = '', sensor = ''] = key.split('/');
  const value = cloud.twins.get(assetId)?.registers.get(attribute)?.get(`gw-7/${sensor}`)?.sibling?.value;
  return typeof value === 'object' ? undefined : value;
}

function dotsOf({ reading }: Acknowledged, attributes: readonly string[]): readonly string[] {
  const { assetId, sensor, stamp } = reading;
  return attributes.map((name) => `${assetId}/${name}/${sensor}@${stamp}`);
}

describe('what a gateway acknowledged, through cut lines, lost frames, clocks that jump and kill -9', () => {
  it.each(SEEDS)('is in the cloud afterwards, once, by seed %i', { timeout: 120_000 }, async (seed) => {
    const world = await createWorld(seed, await spoolDirectory());
    await trouble(world);
    const { acknowledged, cloud, line } = world;
    expect(acknowledged.length).toBeGreaterThan(STEPS / 2);

    // Of what is logged, each; of what came while the line was cut, each attribute.
    const logged = acknowledged.filter(({ reading }) => reading.attributes.has('note'));
    const whileCut = acknowledged.filter(({ wasCut }) => wasCut);
    const due = [
      ...logged.flatMap((each) => dotsOf(each, ['note'])),
      ...whileCut.flatMap((each) => dotsOf(each, [...each.reading.attributes.keys()])),
    ];
    expect(due.filter((dot) => !cloud.heard.has(dot))).toEqual([]);

    // Of each state the latest, to its tolerance of 1 for temperatures.
    for (const [key, [, value]] of latestOf(acknowledged)) {
      const there = twinValue(world, key);
      if (typeof value === 'number' && key.includes('/temperature/')) {
        expect(Math.abs(Number(there) - value), key).toBeLessThan(1.1);
      } else {
        expect(there, key).toBe(value);
      }
    }

    // However often a dot came, it said one thing.
    expect([...cloud.heard].filter(([, values]) => values.size > 1)).toEqual([]);
    expect(cloud.outputs.filter(({ kind }) => kind === 'alarm' || kind === 'frames-lost')).toEqual([]);
    expect([...cloud.rules].sort()).toEqual(['cityweave_critical critical', 'cityweave_ingest bulk']);
    expect(line.counts.busiest).toBeLessThanOrEqual(8);
    expect(world.problems).toEqual([]);

    // Nothing is left to be kept.
    const { critical, normal, low } = world.spool().state();
    expect([critical.records, normal.records, low.records]).toEqual([0, 0, 0]);
  });
});
