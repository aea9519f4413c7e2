import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../../core/observation.ts';
import { encodeConfig } from '../../../core/sync/encode-command.ts';
import type { FrameReading } from '../../../core/sync/frame.ts';
import type { Priority } from '../../../edge-greengrass/ports.ts';
import { encodeReading } from '../../../edge-greengrass/spool/reading-record.ts';
import { spoolDirectory } from '../spool/spool-directory.ts';
import { FAIR } from './virtual-line.ts';
import { createWorld } from './world.ts';

type World = Awaited<ReturnType<typeof createWorld>>;

const ACKNOWLEDGED_MS = 130_000;

function readingOf(world: World, number: number, attributes: Readonly<Record<string, AttributeValue>>): FrameReading {
  const stamp = BigInt(world.nowMs()) * 1_000_000n + BigInt(number);
  return {
    assetId: 'garage',
    assetType: 'CarPark',
    sensor: 'bulk-loop',
    stamp,
    attributes: new Map(Object.entries(attributes)),
    seen: new Map(),
  };
}

/** Notes of these numbers, one after the other. */
async function append(world: World, priority: Priority, numbers: readonly number[]): Promise<void> {
  for (const number of numbers) await world.append(priority, readingOf(world, number, { note: `n${number}` }));
}

function notesOf({ cloud }: World): readonly string[] {
  return [...cloud.heard.values()]
    .flatMap((values) => [...values])
    .map(String)
    .sort();
}

function recordsOf(world: World): number {
  return Object.values(world.spool().state()).reduce((sum, { records }) => sum + records, 0);
}

describe('an uplink', () => {
  it('tries ever more rarely where the line is there and takes nothing, and loses nothing', async () => {
    const world = await createWorld(7, await spoolDirectory());
    world.line.setWeather({ ...FAIR, failsPercent: 100, losesPercent: 100 });
    await append(world, 'normal', [1]);
    await world.run(120_000, 100);
    await append(world, 'normal', [2]);
    const { published, failed } = world.uplink().state();
    expect(published).toBe(0);
    expect(failed).toBeGreaterThan(5);
    expect(failed).toBeLessThan(150);

    world.line.setWeather(FAIR);
    await world.run(60_000, 100);
    expect(notesOf(world)).toEqual(['n1', 'n2']);
  });

  it('holds a lane back, and nothing else, until it is let go', async () => {
    const world = await createWorld(7, await spoolDirectory());
    world.uplink().setHeld('bulk', true);
    await append(world, 'normal', [1, 2]);
    await append(world, 'critical', [3]);
    await world.run(5000);
    expect(notesOf(world)).toEqual(['n3']);
    world.uplink().setHeld('bulk', false);
    await world.run(5000);
    expect(notesOf(world)).toEqual(['n1', 'n2', 'n3']);
  });

  it('leaves out what no message holds, counts it, and lets go of it', async () => {
    const world = await createWorld(7, await spoolDirectory());
    const large = readingOf(world, 1, { note: 'x'.repeat(2000) });
    expect(world.uplink().fits(large)).toBe(false);
    await world.append('normal', large);
    world.line.setWeather({ ...FAIR, isCut: true });
    await world.append('normal', large);
    world.line.setWeather(FAIR);
    await append(world, 'normal', [2]);
    await world.run(ACKNOWLEDGED_MS, 500);
    expect(notesOf(world)).toEqual(['n2']);
    expect([world.uplink().state().tooLarge, recordsOf(world)]).toEqual([2, 0]);
  });

  it('brings up by the backlog what is in the journal and was not handed over, or not in order', async () => {
    const world = await createWorld(7, await spoolDirectory());
    const spool = world.spool();
    const readings = [1, 2, 3, 4].map((number) => readingOf(world, number, { note: `n${number}` }));
    const positions = await Promise.all(readings.map((each) => spool.append('normal', encodeReading(each))));
    for (const index of [1, 3, 2]) {
      const [reading, position] = [readings[index], positions[index]];
      if (reading && position !== undefined) world.uplink().take('normal', reading, position);
    }
    await world.run(ACKNOWLEDGED_MS, 500);
    expect(notesOf(world)).toEqual(['n1', 'n2', 'n3', 'n4']);
    expect(recordsOf(world)).toBe(0);
  });

  it('passes over a record that is no reading, and counts it', async () => {
    const world = await createWorld(7, await spoolDirectory());
    await world.spool().append('low', Buffer.from('no reading'));
    await append(world, 'low', [1]);
    await world.run(ACKNOWLEDGED_MS, 500);
    expect(notesOf(world)).toEqual(['n1']);
    expect([world.uplink().state().unreadable, recordsOf(world)]).toEqual([1, 0]);
  });

  it('sends what no disk took while the line holds, and its state afterwards where it does not', async () => {
    const world = await createWorld(7, await spoolDirectory());
    world.uplink().pass('normal', readingOf(world, 1, { note: 'n1' }));
    await world.run(1000);
    world.line.setWeather({ ...FAIR, isCut: true });
    world.uplink().pass('normal', readingOf(world, 2, { note: 'n2', taken: 5 }));
    await world.run(1000);
    world.line.setWeather(FAIR);
    await world.run(1000);
    expect(notesOf(world)).toEqual(['5', 'n1']);
  });

  it('does as the cloud configures, and tells of what it cannot understand', async () => {
    const world = await createWorld(7, await spoolDirectory(), { deltaFramesPerSecondMax: 10 });
    await world.run(100);
    world.line.send('cmd/north/gateway/gw-7/config', encodeConfig({ heartbeatIntervalMs: 1000 }));
    world.line.send('cmd/north/gateway/gw-7/ack', Uint8Array.of(255));
    await world.run(10_000);
    expect(world.problems).toEqual([expect.stringMatching(/^cmd\/north\/gateway\/gw-7\/ack: malformed, /)]);
    expect(world.uplink().state().published).toBeGreaterThanOrEqual(18);
  });

  it('sends what is urgent at once, and the rest in ten frames a second', async () => {
    const world = await createWorld(7, await spoolDirectory(), { deltaFramesPerSecondMax: 1000 });
    await world.run(1000);
    const frames = async (priority: Priority): Promise<number> => {
      const before = world.uplink().state().published;
      for (let number = 0; number < 100; number += 1) {
        await append(world, priority, [number]);
        await world.run(50);
      }
      return world.uplink().state().published - before;
    };
    expect(await frames('normal')).toBeLessThanOrEqual(52);
    expect(await frames('critical')).toBeGreaterThanOrEqual(95);
  });
});
