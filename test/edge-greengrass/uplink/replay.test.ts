import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../../core/observation.ts';
import type { FrameReading } from '../../../core/sync/frame.ts';
import type { Priority } from '../../../edge-greengrass/ports.ts';
import { spoolDirectory } from '../spool/spool-directory.ts';
import { FAIR } from './virtual-line.ts';
import { createWorld } from './world.ts';

type World = Awaited<ReturnType<typeof createWorld>>;

const OUTAGE_READINGS = 900;
const FRAMES_PER_SECOND = 10;
/** A frame is due every 100 ms; of these steps of 50 ms, one more goes by before it is made, and one before it is heard. */
const LIVE_MAX_MS = 250;

function readingOf(
  { nowMs }: World,
  sensor: string,
  attributes: Readonly<Record<string, AttributeValue>>,
): FrameReading {
  const stamp = BigInt(nowMs()) * 1_000_000n;
  return {
    assetId: 'garage',
    assetType: 'CarPark',
    sensor,
    stamp,
    attributes: new Map(Object.entries(attributes)),
    seen: new Map(),
  };
}

/** An outage of readings in all priorities, and then the line again. */
async function outage(world: World): Promise<void> {
  const priorities: readonly Priority[] = ['low', 'critical', 'normal'];
  world.line.setWeather({ ...FAIR, isCut: true });
  const appends = Array.from({ length: OUTAGE_READINGS }, async (_, index) => {
    const priority = priorities[index % priorities.length] ?? 'low';
    const lane = priority === 'critical' ? 'critical' : 'bulk';
    const reading = readingOf(world, `${lane}-${priority}`, { taken: index % 50, temperature: 20 });
    await world.append(priority, { ...reading, stamp: reading.stamp + BigInt(index) });
  });
  await Promise.all(appends);
  await world.run(500);
  world.line.setWeather(FAIR);
}

describe('after an outage', () => {
  it('what is read now is not later for what was kept back, which goes up meanwhile', async () => {
    const world = await createWorld(7, await spoolDirectory(), { deltaFramesPerSecondMax: FRAMES_PER_SECOND });
    const { cloud } = world;
    await outage(world);
    const hasBacklog = () => Object.values(world.uplink().state().hasBacklog).some(Boolean);
    const late: number[] = [];
    let live = 0;
    for (; hasBacklog(); live += 1) {
      expect(live).toBeLessThan(1000);
      // Larger than what a frame of backlog has left by chance.
      const now = readingOf(world, 'bulk-now', { note: `${live}`.repeat(30) });
      await world.append('normal', now);
      await world.run(200);
      late.push(
        (cloud.arrivedAtMs.get(`bulk-now@${now.stamp}`) ?? Number.POSITIVE_INFINITY) - Number(now.stamp / 1_000_000n),
      );
    }
    await world.run(10_000);
    expect(live).toBeGreaterThan(10);
    expect(Math.max(...late)).toBeLessThanOrEqual(LIVE_MAX_MS);
    const dots = world.acknowledged.map(({ reading }) => `${reading.sensor}@${reading.stamp}`);
    expect(dots.filter((dot) => !cloud.arrivedAtMs.has(dot))).toEqual([]);
  });

  it('the latest state is there at once, and then the backlog, the more important before the less', async () => {
    const world = await createWorld(7, await spoolDirectory(), { deltaFramesPerSecondMax: FRAMES_PER_SECOND });
    const { cloud } = world;
    await outage(world);
    const upAtMs = world.nowMs();
    await world.run(20_000);
    const arrivals = (priority: Priority) =>
      world.acknowledged
        .filter((each) => each.priority === priority)
        .map(({ reading }) => (cloud.arrivedAtMs.get(`${reading.sensor}@${reading.stamp}`) ?? Infinity) - upAtMs);
    for (const priority of ['critical', 'normal', 'low'] as const) {
      expect(arrivals(priority).at(-1)).toBeLessThanOrEqual(LIVE_MAX_MS);
    }
    const backlog = (priority: Priority) => arrivals(priority).slice(0, -1);
    expect(Math.max(...backlog('critical'))).toBeLessThan(Math.max(...backlog('normal')));
    expect(Math.max(...backlog('normal'))).toBeLessThanOrEqual(Math.min(...backlog('low')));
  });

  it('the backlog takes no more of the bandwidth than its share', async () => {
    const seconds = async (replayShareMax: number): Promise<number> => {
      const world = await createWorld(7, await spoolDirectory(), {
        deltaFramesPerSecondMax: FRAMES_PER_SECOND,
        replayShareMax,
      });
      await outage(world);
      const upAtMs = world.nowMs();
      const { arrivedAtMs } = world.cloud;
      for (let wait = 0; wait < 60 && arrivedAtMs.size < OUTAGE_READINGS; wait += 1) await world.run(1000, 100);
      expect(arrivedAtMs.size).toBe(OUTAGE_READINGS);
      return (Math.max(...world.cloud.arrivedAtMs.values()) - upAtMs) / 1000;
    };
    const [whole, fifth] = [await seconds(1), await seconds(0.2)];
    expect(fifth / whole).toBeGreaterThan(3);
    expect(fifth / whole).toBeLessThan(7);
  });
});
