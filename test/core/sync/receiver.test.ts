import { describe, expect, it } from 'vitest';
import { encodeRequest } from '../../../core/sync/encode-command.ts';
import type { Heartbeat, Leaf, ReadingsFrame, SyncFrame } from '../../../core/sync/frame.ts';
import { createReceiver, type ReceiverOutput } from '../../../core/sync/receiver.ts';
import { RECEIVER_DEFAULTS } from '../../../core/sync/receiver-options.ts';
import { decodeState, encodeState, NOTHING_HEARD } from '../../../core/sync/receiver-state.ts';
import { EIGHT_MS, frameReadingOf } from './frames.ts';
import { BAD_LINE, createWorld, GOOD_LINE, latestOf, registersOf } from './network.ts';

const HEADER = { gateway: 'gw-7', lane: 'bulk', epoch: 7, sentAtMs: 0 } as const;

function delta(sequence: number, changes: Partial<ReadingsFrame> = {}): ReadingsFrame {
  return { ...HEADER, sequence, kind: 'delta', readings: [frameReadingOf()], ...changes };
}

function beat(sequence: number, digest: Partial<Heartbeat['digest']>): Heartbeat {
  return { ...HEADER, sequence, kind: 'heartbeat', digest: { root: 0n, assets: 1, heldFrom: 1, ...digest } };
}

function receiverOf() {
  return createReceiver({ ...RECEIVER_DEFAULTS, gateway: 'gw-7', lane: 'bulk' });
}

/** What is asked for, and how often. */
function asksOf(outputs: readonly ReceiverOutput[]): readonly string[] {
  return outputs.flatMap((output) => (output.kind === 'request' ? [output.request.ask.kind] : []));
}

describe('a receiver', () => {
  const at = (ms: number): number => EIGHT_MS + ms;

  it('waits for two seconds before a gap is a loss', () => {
    const receiver = receiverOf();
    receiver.take(delta(1), at(0));
    receiver.tick(at(0));
    receiver.take(delta(4), at(100));
    expect(asksOf(receiver.tick(at(2099)))).not.toContain('frames');
    expect(receiver.tick(at(2100))).toContainEqual({
      kind: 'request',
      request: { lane: 'bulk', epoch: 7, ask: { kind: 'frames', first: 2, last: 3 } },
    });
    expect(asksOf(receiver.tick(at(2200)))).not.toContain('frames');
    expect(asksOf(receiver.tick(at(12_100)))).toContain('frames');
  });

  it('asks for nothing where frames came out of order, or twice', () => {
    const receiver = receiverOf();
    for (const [sequence, ms] of [
      [1, 0],
      [3, 10],
      [2, 1000],
      [2, 1500],
      [1, 1900],
    ] as const) {
      receiver.take(delta(sequence), at(ms));
    }
    expect(asksOf(receiver.tick(at(60_000)))).not.toContain('frames');
    expect(receiver.isWaiting(at(1900))).toBe(true);
  });

  it('learns from a heartbeat that the last frame is missing', () => {
    const receiver = receiverOf();
    receiver.take(delta(1), at(0));
    receiver.take(beat(2, {}), at(0));
    expect(asksOf(receiver.tick(at(2000)))).toContain('frames');
  });

  it('gives a frame up that does not come though the gateway speaks, however often it is asked for', () => {
    const receiver = receiverOf();
    for (const sequence of [1, 3, 6]) receiver.take(delta(sequence), at(0));
    const outputs = Array.from({ length: 40 }, (_, index) => {
      const ms = at(10_000 * (index + 1));
      receiver.take(delta(1), ms);
      return receiver.tick(ms);
    }).flat();
    expect(outputs.filter(({ kind }) => kind === 'frames-lost')).toEqual([{ kind: 'frames-lost', count: 1 }]);
    expect(outputs.filter((each) => each.kind === 'request' && each.request.ask.kind === 'frames')).toMatchObject([
      ...Array.from({ length: 20 }, () => [
        { request: { ask: { first: 2, last: 2 } } },
        { request: { ask: { first: 4, last: 5 } } },
      ]).flat(),
      ...Array.from({ length: 19 }, () => ({ request: { ask: { first: 4, last: 5 } } })),
    ]);
  });

  it('asks a gateway nothing that has been silent for five minutes, and at once when it speaks again', () => {
    const receiver = receiverOf();
    receiver.take(delta(1), at(0));
    receiver.take(delta(3), at(0));
    expect(asksOf(receiver.tick(at(299_999)))).toContain('frames');
    expect(receiver.isWaiting(at(299_999))).toBe(true);
    expect(receiver.isWaiting(at(300_000))).toBe(false);
    expect(receiver.tick(at(400_000))).toEqual([]);
    receiver.take(delta(4), at(500_000));
    expect(asksOf(receiver.tick(at(500_000)))).toEqual(['frames', 'root']);
  });

  it('acknowledges at once, and then what came without a gap once a minute', () => {
    const receiver = receiverOf();
    const acksAt = (ms: number) => receiver.tick(at(ms)).flatMap((each) => (each.kind === 'ack' ? [each.ack] : []));
    expect(acksAt(0)).toEqual([]);
    receiver.take(delta(1), at(0));
    receiver.take(delta(3), at(0));
    expect(acksAt(1)).toEqual([{ lane: 'bulk', epoch: 7, sequence: 1, refused: [] }]);
    receiver.take(delta(2), at(2));
    expect(acksAt(60_000)).toEqual([]);
    expect(acksAt(60_001)).toMatchObject([{ sequence: 3 }]);
  });

  it('acknowledges once more what is sent, or held, though it was acknowledged', () => {
    const receiver = receiverOf();
    const acksAfter = (frame: SyncFrame, ms: number) => {
      receiver.take(frame, at(ms));
      return receiver.tick(at(ms)).filter(({ kind }) => kind === 'ack');
    };
    receiver.take(delta(1), at(0));
    expect(acksAfter(delta(2), 0)).toHaveLength(1);
    // The ack may be under way.
    expect(acksAfter(beat(2, { heldFrom: 2 }), 9999)).toEqual([]);
    expect(acksAfter(beat(2, { heldFrom: 3 }), 10_000)).toEqual([]);
    expect(acksAfter(beat(2, { heldFrom: 2 }), 10_000)).toMatchObject([{ ack: { sequence: 2 } }]);
    expect(acksAfter(delta(2), 19_999)).toEqual([]);
    expect(acksAfter(delta(2), 20_000)).toMatchObject([{ ack: { sequence: 2 } }]);
  });

  it('tells a gateway whose clock was set back which epoch counts', () => {
    const receiver = receiverOf();
    receiver.take(delta(1), at(0));
    receiver.tick(at(0));
    receiver.take(delta(1, { epoch: 6 }), at(1));
    expect(receiver.tick(at(1))).toContainEqual({
      kind: 'ack',
      ack: { lane: 'bulk', epoch: 7, sequence: 1, refused: [] },
    });
  });

  it('counts what is no longer held, and asks what has become of it when it cannot be under way any more', () => {
    const receiver = receiverOf();
    receiver.take(delta(1), at(0));
    receiver.take(delta(5), at(0));
    expect(receiver.take(beat(9, { heldFrom: 8 }), at(0))).toEqual([{ kind: 'frames-lost', count: 5 }]);
    receiver.take(delta(8), at(1));
    receiver.take(delta(9), at(1));
    expect(asksOf(receiver.tick(at(59_999)))).toEqual([]);
    expect(asksOf(receiver.tick(at(60_000)))).toEqual(['root']);
  });
});

describe('a verification', () => {
  const HEARD_AT_MS = EIGHT_MS + 60_000;
  const leafOf = (assetId: string): Leaf => ({
    assetId,
    attribute: 'taken',
    sensor: 'loop',
    stamp: BigInt(EIGHT_MS) * 1_000_000n,
  });

  /** A receiver whose first verification is due, and that holds nothing of what it is told. */
  function verifying() {
    const receiver = receiverOf();
    receiver.take(delta(1), EIGHT_MS);
    receiver.tick(EIGHT_MS);
    let nowMs = HEARD_AT_MS;
    const hear = (digest: Partial<Heartbeat['digest']> = {}): readonly ReceiverOutput[] => {
      const outputs = receiver.take(beat(1, { assets: 10_000, ...digest }), nowMs);
      return outputs.flatMap((each) =>
        each.kind === 'compare' ? receiver.compare(each.heartbeat, [], nowMs) : [each],
      );
    };
    const sums = Array.from({ length: 256 }, (_, bucket) => (bucket === 0 ? 1n : 0n));
    return {
      hear,
      listed: (leaves: readonly Leaf[], bucket = 0) => hear({ listings: new Map([[bucket, leaves]]) }),
      sums: () => hear({ sums }),
      /** A whole round that finds these leaves missing, and what the repair of it is answered with. */
      round: (leaves: readonly Leaf[], isAnswered = true): readonly ReceiverOutput[] => {
        const asked = [...receiver.tick(nowMs), ...hear(), ...hear({ sums })];
        expect(asksOf(asked).slice(-2)).toEqual(['sums', 'listings']);
        const outputs = hear({ listings: new Map([[0, leaves]]) });
        if (isAnswered) hear();
        nowMs += 60_000;
        return outputs;
      },
    };
  }

  it('asks in requests of 4 KiB, whatever differs', () => {
    const { hear, sums, listed } = verifying();
    const leaves = Array.from({ length: 2000 }, (_, index) => leafOf(`garage-${index}`));
    expect(asksOf(hear())).toEqual(['sums']);
    expect(asksOf(sums())).toEqual(['listings']);
    const outputs = listed(leaves);
    expect(asksOf(outputs)).toEqual(asksOf(outputs).map(() => 'differences'));
    const bytes = outputs.map((each) => (each.kind === 'request' ? encodeRequest(each.request).length : 0));
    expect(Math.max(...bytes)).toBeLessThanOrEqual(4096);
    const wanted = outputs.flatMap((each) =>
      each.kind === 'request' && each.request.ask.kind === 'differences' ? each.request.ask.wanted : [],
    );
    expect(wanted).toEqual(leaves.slice(0, 1000));
  });

  it('is not answered by a listing that was asked for before', () => {
    const { hear, sums, listed } = verifying();
    hear();
    sums();
    expect(listed([], 7)).toEqual([]);
    expect(asksOf(listed([leafOf('garage')]))).toEqual(['differences']);
  });

  it('alarms where a dot stays missing after two repairs', () => {
    const { round } = verifying();
    const [stuck, other] = [leafOf('garage'), leafOf('yard')];
    expect(asksOf(round([stuck]))).toEqual(['differences']);
    expect(asksOf(round([stuck, other]))).toEqual(['differences']);
    expect(round([stuck])).toEqual([{ kind: 'alarm', leaves: [stuck] }]);
  });

  it('does not where it is another dot each time, as of a clock that runs slow', () => {
    const { round } = verifying();
    for (const assetId of ['a', 'b', 'c', 'd', 'e']) {
      expect(asksOf(round([leafOf(assetId)]))).toEqual(['differences']);
    }
  });

  it('does not where no repair was answered', () => {
    const { round } = verifying();
    for (let index = 0; index < 5; index += 1) {
      expect(asksOf(round([leafOf('garage')], false))).toEqual(['differences']);
    }
  });

  it('alarms once where asking changes nothing', () => {
    const world = createWorld(5, { deafTo: 'taken', receiver: { verifyIntervalMs: 60_000 } });
    const reading = frameReadingOf();
    world.observe(reading);
    world.run(3_600_000);
    const { assetId, sensor, stamp } = reading;
    const leaf = { assetId, attribute: 'taken', sensor, stamp };
    expect(world.heard.filter(({ kind }) => kind === 'alarm')).toEqual([{ kind: 'alarm', leaves: [leaf] }]);
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

  it('is told, and not asked for, where a gateway has forgotten nearly everything', () => {
    const world = createWorld(3);
    for (let index = 0; index < 100; index += 1) world.observe(frameReadingOf({ assetId: `garage-${index}` }));
    world.run(120_000);
    world.restart();
    world.observe(frameReadingOf({ assetId: 'new' }));
    const before = world.heard.length;
    world.run(150_000);
    const asks = asksOf(world.heard.slice(before));
    expect(asks.filter((kind) => kind !== 'root').slice(0, 3)).toEqual(['sums', 'listings', 'differences']);
    expect(asks).not.toContain('snapshot');
    world.run(60_000);
    expect(world.heard.at(-1)?.kind).toBe('verified');
  });

  it('is sent in a snapshot where it is more than three tenths', () => {
    const { asks, resent } = worldMissing(40);
    expect(asks).toContain('snapshot');
    expect(asks).not.toContain('listings');
    expect(resent.some(({ kind }) => kind === 'snapshot')).toBe(true);
  });
});

describe('a merge that is behind the receiver', () => {
  /** A gateway that is never silent, and whose twins show what it sends only later. */
  function busyWorld(mergeLagMs: number) {
    const world = createWorld(11, { mergeLagMs, receiver: { verifyIntervalMs: 60_000 } });
    const saySoon = (): void => {
      const stamp = BigInt(world.nowMs()) * 1_000_000n;
      for (let index = 0; index < 20; index += 1) {
        const attributes = new Map([['taken', world.random(500)]]);
        world.observe(frameReadingOf({ assetId: `garage-${index}`, stamp: stamp + BigInt(index), attributes }));
      }
      world.run(500);
    };
    return { world, saySoon };
  }

  it('is no mismatch: a busy gateway is verified by what is old enough, and resends nothing', () => {
    const { world, saySoon } = busyWorld(5000);
    for (let step = 0; step < 600; step += 1) saySoon();
    const asks = asksOf(world.heard);
    expect(world.heard.filter(({ kind }) => kind === 'verified').length).toBeGreaterThanOrEqual(4);
    expect(asks).toContain('listings');
    expect(asks.filter((kind) => kind === 'differences' || kind === 'snapshot')).toEqual([]);
    expect(world.heard.filter(({ kind }) => kind === 'alarm')).toEqual([]);
  });

  it('hides no difference: what a busy gateway lost is found among what is under way, and repaired', () => {
    const { world, saySoon } = busyWorld(5000);
    const quiet = frameReadingOf({ assetId: 'quiet', attributes: new Map([['taken', 7]]) });
    world.observe(quiet);
    saySoon();
    world.run(10_000);
    world.twins.delete('quiet');
    for (let step = 0; step < 400; step += 1) saySoon();
    world.run(10_000);
    expect(asksOf(world.heard)).toContain('differences');
    expect(registersOf(world.twins).get('quiet/taken/gw-7/loop')).toEqual([quiet.stamp, 7]);
    expect(world.heard.filter(({ kind }) => kind === 'alarm')).toEqual([]);
  });
});

describe('what a receiver knows', () => {
  it('is the same after it was written and read', () => {
    const leaf = { assetId: 'a', attribute: 'b', sensor: 'c', stamp: 2n ** 64n - 1n };
    const state = {
      ...NOTHING_HEARD,
      epoch: EIGHT_MS,
      ahead: [
        [3, 4],
        [7, 7],
      ] as const,
      asked: { kind: 'listings', atMs: EIGHT_MS } as const,
      found: { wanted: [leaf], heard: [leaf] },
      suspects: ['x'],
    };
    expect(decodeState(encodeState(state))).toEqual(state);
  });

  it('is nothing where another version wrote it', () => {
    expect(decodeState(encodeState(NOTHING_HEARD).replace('"format":1', '"format":2'))).toEqual(NOTHING_HEARD);
  });
});
