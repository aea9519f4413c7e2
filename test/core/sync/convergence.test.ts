import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FrameReading } from '../../../core/sync/frame.ts';
import { BAD_LINE, createWorld, GOOD_LINE, latestOf, registersOf } from './network.ts';

type World = ReturnType<typeof createWorld>;

const SETTLING_MS = 10 * 60 * 1000;

/** Something that one of six sensors could say now; notes are logged. */
function anyReading(world: World, stamps: Map<string, bigint>): FrameReading {
  const { random } = world;
  const assetId = `garage-${random(8)}`;
  const sensor = `loop-${random(6)}`;
  const stamp = BigInt(world.nowMs() - random(500)) * 1_000_000n + BigInt(random(1_000_000));
  stamps.set(`gw-7/${sensor}@${stamp}`, stamp);
  const attributes = new Map<string, number | boolean | string>([['taken', random(40)]]);
  if (random(3) === 0) attributes.set('temperature', random(600) / 10 - 10);
  if (random(3) === 0) attributes.set('open', random(2) === 0);
  if (random(4) === 0) attributes.set('note', `n${random(1000)}`);
  const position = random(10) === 0 ? { longitude: 10 + random(1000) / 997, latitude: 50.5 } : undefined;
  return { assetId, assetType: 'CarPark', sensor, stamp, attributes, ...(position && { position }), seen: new Map() };
}

/** Some minutes of a city on a bad line that is cut now and then, and a while on a good one. */
function trouble(world: World, mayRestart: boolean): ReadonlySet<string> {
  const stamps = new Map<string, bigint>();
  const notes = new Set<string>();
  for (let step = 0; step < 120; step += 1) {
    const reading = anyReading(world, stamps);
    world.observe(reading);
    if (reading.attributes.has('note')) notes.add(`gw-7/${reading.sensor}@${reading.stamp}`);
    if (world.random(15) === 0) world.setLine({ ...BAD_LINE, isCut: world.random(2) === 0 });
    if (mayRestart && world.random(60) === 0) world.restart();
    world.run(100 * (1 + world.random(8)));
  }
  world.setLine(GOOD_LINE);
  world.run(SETTLING_MS);
  return notes;
}

const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 });

describe('after loss, repetition, delay and a cut line', () => {
  it('the receiver holds what was sent last, and every logged reading', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const world = createWorld(seed);
        world.setLine(BAD_LINE);
        const notes = trouble(world, false);
        expect(registersOf(world.twins)).toEqual(latestOf(world.frames));
        expect([...notes].filter((each) => !world.arrived.has(each))).toEqual([]);
        expect(world.heard.filter(({ kind }) => kind === 'alarm' || kind === 'frames-lost')).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('so it does where frames are forgotten before they are acknowledged: what differs is found and sent', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const world = createWorld(seed, { sender: { framesHeldMax: 1 } });
        world.setLine(BAD_LINE);
        trouble(world, false);
        expect(registersOf(world.twins)).toEqual(latestOf(world.frames));
        expect(world.heard.at(-1)).toBeDefined();
        expect(world.heard.filter(({ kind }) => kind === 'alarm')).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('and where the gateway restarts with nothing, both sides agree again', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const world = createWorld(seed, { receiver: { verifyIntervalMs: 120_000 } });
        world.setLine(BAD_LINE);
        trouble(world, true);
        const verdicts = world.heard.filter(({ kind }) => kind === 'verified' || kind === 'alarm');
        expect(verdicts.at(-1)).toEqual({ kind: 'verified' });
      }),
      { numRuns: 25 },
    );
  });
});
