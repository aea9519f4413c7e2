import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../../core/observation.ts';
import { encodeFrame } from '../../../core/sync/encode-frame.ts';
import type { FrameReading, SyncFrame } from '../../../core/sync/frame.ts';
import { createSender, SENDER_DEFAULTS, type SenderOptions } from '../../../core/sync/sender.ts';
import { smallCity } from '../schema/small-city.ts';
import { EIGHT_MS, frameReadingOf } from './frames.ts';

function senderOf(changes: Partial<SenderOptions> = {}) {
  return createSender({
    ...SENDER_DEFAULTS,
    gateway: 'gw-7',
    lane: 'bulk',
    epoch: 7,
    assetTypes: smallCity.assetTypes,
    deltaFramesPerSecondMax: 1000,
    ...changes,
  });
}

function said(atMs: number, attributes: Readonly<Record<string, AttributeValue>>, sensor = 'loop'): FrameReading {
  const stamp = BigInt(EIGHT_MS + atMs) * 1_000_000n;
  return frameReadingOf({ sensor, stamp, attributes: new Map(Object.entries(attributes)) });
}

/** Reading after reading, each with a tick behind it: what frames say of it. */
function sentOf(readings: readonly (readonly [atMs: number, attributes: Readonly<Record<string, AttributeValue>>])[]) {
  const sender = senderOf();
  return readings.map(([atMs, attributes]) => {
    sender.observe(said(atMs, attributes), EIGHT_MS + atMs);
    return valuesOf(sender.tick(EIGHT_MS + atMs));
  });
}

function valuesOf(frames: readonly SyncFrame[]): readonly unknown[] {
  return frames.flatMap((frame) =>
    frame.kind === 'heartbeat' ? [] : frame.readings.map(({ attributes }) => Object.fromEntries(attributes)),
  );
}

describe('a sender', () => {
  it('keeps back what moved by less than the tolerance, also in many small steps no further than that', () => {
    expect(
      sentOf([
        [0, { temperature: 20 }],
        [100, { temperature: 20.99 }],
        [200, { temperature: 21 }],
        [300, { temperature: 20.01 }],
        [400, { temperature: 19.9 }],
      ]),
    ).toEqual([[{ temperature: 20 }], [], [{ temperature: 21 }], [], [{ temperature: 19.9 }]]);
  });

  it('sends absolute values, to the digits that have a meaning', () => {
    expect(sentOf([[0, { temperature: 20.123456789 }]])).toEqual([[{ temperature: 20.1 }]]);
  });

  it('sends by half of maxAgeMs what says the same, and nothing of a sensor that is silent', () => {
    const sender = senderOf();
    sender.observe(said(0, { taken: 61 }), EIGHT_MS);
    expect(sender.tick(EIGHT_MS)).toHaveLength(1);
    sender.observe(said(10_000, { taken: 61 }), EIGHT_MS + 10_000);
    expect(valuesOf(sender.tick(EIGHT_MS + 29_999))).toEqual([]);
    expect(sender.tick(EIGHT_MS + 30_000)).toMatchObject([
      { readings: [{ stamp: BigInt(EIGHT_MS + 10_000) * 1_000_000n }] },
    ]);
    expect(valuesOf(sender.tick(EIGHT_MS + 70_000))).toEqual([]);
    expect(valuesOf(sender.tick(EIGHT_MS + 3_600_000))).toEqual([]);
  });

  it('sends it earlier where it was old already', () => {
    const sender = senderOf();
    sender.observe(said(0, { taken: 61 }), EIGHT_MS + 20_000);
    expect(sender.tick(EIGHT_MS + 20_000)).toHaveLength(1);
    sender.observe(said(20_000, { taken: 61 }), EIGHT_MS + 40_000);
    expect(valuesOf(sender.tick(EIGHT_MS + 44_999))).toEqual([]);
    expect(valuesOf(sender.tick(EIGHT_MS + 45_000))).toEqual([{ taken: 61 }]);
  });

  it('sends every reading of a log, and of a state the latest', () => {
    const sender = senderOf();
    for (const atMs of [0, 1, 2]) sender.observe(said(atMs, { note: 'same', taken: atMs }), EIGHT_MS);
    expect(valuesOf(sender.tick(EIGHT_MS))).toEqual([{ note: 'same' }, { note: 'same' }, { note: 'same', taken: 2 }]);
  });

  it('tells how much of a log had to go', () => {
    const sender = senderOf({ logWaitingMax: 2 });
    expect([0, 1, 2].map((atMs) => sender.observe(said(atMs, { note: `${atMs}` }), EIGHT_MS))).toEqual([0, 0, 1]);
    expect(valuesOf(sender.tick(EIGHT_MS))).toEqual([{ note: '1' }, { note: '2' }]);
  });

  it('takes nothing that is older than what it had', () => {
    expect(
      sentOf([
        [100, { taken: 1 }],
        [50, { taken: 2 }],
        [100, { taken: 3 }],
      ]),
    ).toEqual([[{ taken: 1 }], [], []]);
  });

  it('sends what supersedes others even if its value stands', () => {
    const sender = senderOf();
    sender.observe(said(0, { taken: 61 }), EIGHT_MS);
    sender.tick(EIGHT_MS);
    const seen = new Map([['taken', new Map([['camera', 5n]])]]);
    sender.observe({ ...said(100, { taken: 61 }), seen }, EIGHT_MS + 100);
    expect(sender.tick(EIGHT_MS + 100)).toMatchObject([{ readings: [{ seen }] }]);
  });

  it('sends no more frames with readings a second than it may, and coalesces the rest', () => {
    const sender = senderOf({ deltaFramesPerSecondMax: 4 });
    const frames: SyncFrame[] = [];
    for (let atMs = 0; atMs < 1000; atMs += 10) {
      sender.observe(said(atMs, { taken: atMs % 1000 }), EIGHT_MS + atMs);
      frames.push(...sender.tick(EIGHT_MS + atMs));
    }
    expect(valuesOf(frames)).toEqual([{ taken: 0 }, { taken: 250 }, { taken: 500 }, { taken: 750 }]);
    sender.configure({ deltaFramesPerSecondMax: 1 });
    expect(valuesOf(sender.tick(EIGHT_MS + 1000))).toEqual([{ taken: 990 }]);
    sender.observe(said(1001, { taken: 1 }), EIGHT_MS + 1001);
    expect(valuesOf(sender.tick(EIGHT_MS + 1999))).toEqual([]);
    expect(valuesOf(sender.tick(EIGHT_MS + 2000))).toEqual([{ taken: 1 }]);
  });

  it('beats when it has been silent, and only then', () => {
    const sender = senderOf({ heartbeatIntervalMs: 5000 });
    const kindsAt = (atMs: number) => sender.tick(EIGHT_MS + atMs).map(({ kind, sequence }) => [kind, sequence]);
    expect(kindsAt(0)).toEqual([]);
    expect(kindsAt(5000)).toEqual([['heartbeat', 0]]);
    sender.observe(said(6000, { taken: 1 }), EIGHT_MS + 6000);
    expect(kindsAt(6000)).toEqual([['delta', 1]]);
    expect(kindsAt(10_999)).toEqual([]);
    expect(kindsAt(11_000)).toEqual([['heartbeat', 1]]);
  });

  it('goes on where its clock is set back', () => {
    const sender = senderOf({ deltaFramesPerSecondMax: 1, heartbeatIntervalMs: 5000 });
    sender.observe(said(0, { taken: 1 }), EIGHT_MS);
    expect(sender.tick(EIGHT_MS)).toHaveLength(1);
    const backMs = EIGHT_MS - 3_600_000;
    sender.observe(said(1, { taken: 2 }), backMs);
    expect(valuesOf(sender.tick(backMs))).toEqual([{ taken: 2 }]);
    expect(sender.tick(backMs + 5000)).toMatchObject([{ kind: 'heartbeat' }]);
  });

  it('cuts frames to the bytes and readings that the line takes', () => {
    for (const limits of [{ bytesMax: 512 }, { readingsMax: 3 }]) {
      const sender = senderOf(limits);
      for (let index = 0; index < 100; index += 1) {
        sender.observe(
          { ...said(0, { note: 'ü'.repeat(index), taken: index }, `s-${index}`), assetId: `a-${index}` },
          0,
        );
      }
      const frames = Array.from({ length: 100 }, (_, tick) => sender.tick(EIGHT_MS + tick)).flat();
      expect(valuesOf(frames.filter(({ kind }) => kind === 'delta')).length).toBeGreaterThanOrEqual(100);
      for (const frame of frames) {
        if (frame.kind === 'heartbeat') continue;
        expect(frame.readings.length).toBeLessThanOrEqual(limits.readingsMax ?? 100);
        expect(encodeFrame(frame).length).toBeLessThanOrEqual(limits.bytesMax ?? 4096);
      }
    }
  });

  it('sends once more what is not acknowledged, as it was', () => {
    const sender = senderOf();
    const sent = [0, 1, 2].flatMap((taken) => {
      sender.observe(said(taken, { taken }), EIGHT_MS);
      return sender.tick(EIGHT_MS + taken);
    });
    sender.acknowledge({ lane: 'bulk', epoch: 7, sequence: 1, refused: [] });
    sender.resume();
    expect([...sender.tick(EIGHT_MS + 10), ...sender.tick(EIGHT_MS + 20)]).toEqual(sent.slice(1));
    sender.acknowledge({ lane: 'bulk', epoch: 7, sequence: 3, refused: [] });
    sender.resume();
    expect(sender.tick(EIGHT_MS + 30)).toEqual([]);
  });

  it('takes a greater epoch than one that somebody else has, and begins anew', () => {
    const sender = senderOf();
    sender.observe(said(0, { taken: 1 }), EIGHT_MS);
    const [first] = sender.tick(EIGHT_MS);
    sender.acknowledge({ lane: 'bulk', epoch: 9, sequence: 50, refused: [] });
    expect(sender.tick(EIGHT_MS + 1)).toEqual([{ ...first, epoch: 10, sequence: 1 }]);
  });

  it('forgets what was refused, and so sends the next whatever it says', () => {
    const sender = senderOf();
    sender.observe(said(0, { taken: 1 }), EIGHT_MS);
    sender.tick(EIGHT_MS);
    const stamp = BigInt(EIGHT_MS) * 1_000_000n;
    sender.acknowledge({
      lane: 'bulk',
      epoch: 7,
      sequence: 1,
      refused: [{ assetId: 'garage', sensor: 'loop', stamp, reason: 'out-of-range' }],
    });
    sender.answer({ lane: 'bulk', epoch: 7, ask: { kind: 'root' } });
    expect(sender.tick(EIGHT_MS + 1)).toMatchObject([{ kind: 'heartbeat', digest: { assets: 0 } }]);
    sender.observe(said(2, { taken: 1 }), EIGHT_MS + 2);
    expect(valuesOf(sender.tick(EIGHT_MS + 2))).toEqual([{ taken: 1 }]);
  });

  it('answers neither another lane nor another epoch', () => {
    const sender = senderOf();
    sender.answer({ lane: 'critical', epoch: 7, ask: { kind: 'root' } });
    sender.answer({ lane: 'bulk', epoch: 6, ask: { kind: 'root' } });
    expect(sender.tick(EIGHT_MS)).toEqual([]);
  });
});
