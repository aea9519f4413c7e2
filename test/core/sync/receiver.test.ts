import { describe, expect, it } from 'vitest';
import type { Heartbeat, Leaf, ReadingsFrame } from '../../../core/sync/frame.ts';
import { createReceiver, RECEIVER_DEFAULTS, type ReceiverOutput } from '../../../core/sync/receiver.ts';
import { frameReadingOf } from './frames.ts';
import { BAD_LINE, createWorld, GOOD_LINE, latestOf, registersOf } from './network.ts';

const HEADER = { gateway: 'gw-7', lane: 'bulk', epoch: 7, sentAtMs: 0 } as const;

function delta(sequence: number, changes: Partial<ReadingsFrame> = {}): ReadingsFrame {
  return { ...HEADER, sequence, kind: 'delta', readings: [frameReadingOf()], ...changes };
}

function beat(sequence: number, digest: Partial<Heartbeat['digest']>): Heartbeat {
  return { ...HEADER, sequence, kind: 'heartbeat', digest: { root: 0n, assets: 1, heldFrom: 1, ...digest } };
}

function receiverOf(heard: readonly Leaf[] = []) {
  return createReceiver({ ...RECEIVER_DEFAULTS, gateway: 'gw-7', lane: 'bulk', heard: () => heard });
}

/** What is asked for, and how often. */
function asksOf(outputs: readonly ReceiverOutput[]): readonly string[] {
  return outputs.flatMap((output) => (output.kind === 'request' ? [output.request.ask.kind] : []));
}

describe('a receiver', () => {
  it('waits for two seconds before a gap is a loss', () => {
    const receiver = receiverOf();
    receiver.take(delta(1), 0);
    receiver.tick(0);
    receiver.take(delta(4), 100);
    expect(asksOf(receiver.tick(2099))).toEqual([]);
    expect(receiver.tick(2100)).toContainEqual({
      kind: 'request',
      request: { lane: 'bulk', epoch: 7, ask: { kind: 'frames', first: 2, last: 3 } },
    });
    expect(asksOf(receiver.tick(2200))).not.toContain('frames');
    expect(asksOf(receiver.tick(12_100))).toContain('frames');
  });

  it('asks for nothing where frames came out of order, or twice', () => {
    const receiver = receiverOf();
    for (const [sequence, atMs] of [
      [1, 0],
      [3, 10],
      [2, 1000],
      [2, 1500],
      [1, 1900],
    ] as const) {
      receiver.take(delta(sequence), atMs);
    }
    expect(asksOf(receiver.tick(60_000))).not.toContain('frames');
  });

  it('learns from a heartbeat that the last frame is missing', () => {
    const receiver = receiverOf();
    receiver.take(delta(1), 0);
    receiver.take(beat(2, {}), 0);
    expect(asksOf(receiver.tick(2000))).toContain('frames');
  });

  it('acknowledges what came without a gap once a minute, and refused readings at once', () => {
    const receiver = receiverOf();
    const acksAt = (atMs: number) => receiver.tick(atMs).flatMap((each) => (each.kind === 'ack' ? [each.ack] : []));
    expect(acksAt(0)).toEqual([]);
    receiver.take(delta(1), 0);
    receiver.take(delta(3), 0);
    expect(acksAt(1)).toEqual([{ lane: 'bulk', epoch: 7, sequence: 1, refused: [] }]);
    receiver.take(delta(2), 2);
    expect(acksAt(60_000)).toEqual([]);
    const refused = { assetId: 'garage', sensor: 'loop', stamp: 1n, reason: 'out-of-range' };
    receiver.refuse(refused);
    expect(acksAt(60_000)).toEqual([{ lane: 'bulk', epoch: 7, sequence: 3, refused: [refused] }]);
    receiver.take(delta(4), 60_001);
    expect(acksAt(119_999)).toEqual([]);
    expect(acksAt(120_000)).toMatchObject([{ sequence: 4 }]);
  });

  it('tells a gateway whose clock was set back which epoch counts', () => {
    const receiver = receiverOf();
    receiver.take(delta(1), 0);
    receiver.tick(0);
    receiver.take(delta(1, { epoch: 6 }), 1);
    expect(receiver.tick(1)).toContainEqual({ kind: 'ack', ack: { lane: 'bulk', epoch: 7, sequence: 1, refused: [] } });
  });

  it('counts what is no longer held, and asks what has become of it', () => {
    const receiver = receiverOf();
    receiver.take(delta(1), 0);
    receiver.take(delta(5), 0);
    const outputs = receiver.take(beat(9, { heldFrom: 8 }), 0);
    expect(outputs).toMatchObject([{ kind: 'frames-lost', count: 5 }, { request: { ask: { kind: 'sums' } } }]);
  });

  it('alarms once where asking changes nothing', () => {
    const world = createWorld(5, { receiver: { heard: () => [], verifyIntervalMs: 60_000 } });
    world.observe(frameReadingOf());
    world.run(3_600_000);
    expect(world.heard.filter(({ kind }) => kind === 'alarm')).toEqual([{ kind: 'alarm', buckets: 1 }]);
    expect(world.heard.filter(({ kind }) => kind === 'verified')).toEqual([]);
  });
});

describe('what differs', () => {
  /** A gateway of 100 assets whose receiver misses the last `missing` of them for good, as frames. */
  function worldMissing(missing: number) {
    const world = createWorld(missing, { sender: { framesHeldMax: 1, readingsMax: 1, deltaFramesPerSecondMax: 1000 } });
    const observe = (index: number): void => {
      world.observe(frameReadingOf({ assetId: `garage-${index}` }));
      world.run(100);
    };
    for (let index = missing; index < 100; index += 1) observe(index);
    world.run(120_000);
    world.setLine({ ...BAD_LINE, isCut: true });
    for (let index = 0; index < missing; index += 1) observe(index);
    const before = world.frames.length;
    world.setLine(GOOD_LINE);
    world.run(300_000);
    expect(registersOf(world.twins)).toEqual(latestOf(world.frames));
    expect(registersOf(world.twins).size).toBe(100);
    const resent = world.frames.slice(before).filter(({ kind }) => kind !== 'heartbeat');
    return { asks: asksOf(world.heard), resent };
  }

  it('is listed and sent where it is little', () => {
    const { asks, resent } = worldMissing(10);
    expect(asks).toContain('differences');
    expect(asks).not.toContain('snapshot');
    expect(resent.length).toBeLessThanOrEqual(11);
  });

  it('is sent in a snapshot where it is more than three tenths', () => {
    const { asks, resent } = worldMissing(40);
    expect(asks).toContain('snapshot');
    expect(asks).not.toContain('listings');
    expect(resent.some(({ kind }) => kind === 'snapshot')).toBe(true);
  });
});
