import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../../core/observation.ts';
import { encodeFrame } from '../../../core/sync/encode-frame.ts';
import type { FrameAttestation, FrameReading, SyncFrame } from '../../../core/sync/frame.ts';
import { frameBytesOf } from '../../../core/sync/gather-frame.ts';
import { createSender, SENDER_DEFAULTS, type SenderOptions } from '../../../core/sync/sender.ts';
import { smallCity } from '../schema/small-city.ts';
import { EIGHT_MS, frameReadingOf } from './frames.ts';

const ATTESTATION: FrameAttestation = {
  keyId: 'key-1',
  bootId: 7n,
  counter: 4711n,
  gnssAtMs: EIGHT_MS,
  hdop: 0.9,
  satellites: 11,
  previousHash: new Uint8Array(32),
  signature: new Uint8Array(64),
};

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

function readingsOf(frames: readonly SyncFrame[]): readonly FrameReading[] {
  return frames.flatMap((frame) => (frame.kind === 'heartbeat' ? [] : frame.readings));
}

function valuesOf(frames: readonly SyncFrame[]): readonly unknown[] {
  return readingsOf(frames).map(({ attributes }) => Object.fromEntries(attributes));
}

const at = (position: number) => ({ journal: 'normal', position: BigInt(position) });
const acknowledge = (sequence: number) => ({ lane: 'bulk', epoch: 7, sequence, refused: [] }) as const;

describe('what a sender was handed to relay', () => {
  it('goes as a whole, each reading of it, behind what is live', () => {
    const sender = senderOf();
    sender.relay(said(0, { taken: 1, temperature: 20 }));
    sender.relay(said(1, { taken: 1, temperature: 20 }));
    sender.observe(said(2, { taken: 9 }, 'camera'), EIGHT_MS);
    expect(valuesOf(sender.tick(EIGHT_MS))).toEqual([
      { taken: 9 },
      { taken: 1, temperature: 20 },
      { taken: 1, temperature: 20 },
    ]);
  });

  it('is rounded as it would be live, because a dot has one value', () => {
    const sender = senderOf();
    sender.relay(said(0, { temperature: 20.123456789 }));
    expect(valuesOf(sender.tick(EIGHT_MS))).toEqual([{ temperature: 20.1 }]);
  });

  it('is never split over frames, and leaves the rest of a frame to what is live', () => {
    const sender = senderOf({ bytesMax: 512 });
    for (let atMs = 0; atMs < 30; atMs += 1)
      sender.relay(said(atMs, { taken: atMs, total: 50, temperature: 20, open: true }));
    const frames = Array.from({ length: 60 }, (_, tick) => sender.tick(EIGHT_MS + tick)).flat();
    expect(readingsOf(frames)).toHaveLength(30);
    expect(readingsOf(frames).every(({ attributes }) => attributes.size === 4)).toBe(true);
    expect(frames.every((frame) => encodeFrame(frame).length <= 512)).toBe(true);
  });

  it('takes of a frame its share and the reading that begins within it', () => {
    const countOf = (relayShareMax: number): number => {
      const sender = senderOf({ relayShareMax });
      for (let atMs = 0; atMs < 500; atMs += 1) sender.relay(said(atMs, { taken: atMs }));
      return readingsOf(sender.tick(EIGHT_MS)).length;
    };
    const whole = countOf(1);
    expect(countOf(0.5) / whole).toBeCloseTo(0.5, 1);
    expect(countOf(0.25) / whole).toBeCloseTo(0.25, 1);
    expect(countOf(0.001)).toBe(1);
  });

  it('is refused where too much waits, and taken again when some has gone', () => {
    const sender = senderOf({ relayWaitingMax: 2 });
    expect([0, 1, 2].map((atMs) => sender.relay(said(atMs, { taken: 1 })))).toEqual([true, true, false]);
    sender.tick(EIGHT_MS);
    expect(sender.relay(said(2, { taken: 1 }))).toBe(true);
  });

  it('lowers nothing: what was sent later counts on, for the digest and for what is news', () => {
    const sender = senderOf();
    sender.observe(said(100, { taken: 5 }), EIGHT_MS + 100);
    sender.tick(EIGHT_MS + 100);
    const rootNow = () => {
      sender.answer({ lane: 'bulk', epoch: 7, ask: { kind: 'root' } });
      return sender.tick(EIGHT_MS + 200).flatMap((frame) => (frame.kind === 'heartbeat' ? [frame.digest.root] : []));
    };
    const root = rootNow();
    sender.relay(said(0, { taken: 4 }));
    expect(valuesOf(sender.tick(EIGHT_MS + 150))).toEqual([{ taken: 4 }]);
    expect(rootNow()).toEqual(root);
    sender.observe(said(300, { taken: 5 }), EIGHT_MS + 300);
    expect(valuesOf(sender.tick(EIGHT_MS + 300))).toEqual([]);
  });

  it('joins its own state that was anticipated, in one reading', () => {
    const sender = senderOf();
    const reading = said(0, { taken: 4, note: 'x' });
    sender.anticipate(reading, EIGHT_MS);
    sender.relay(reading);
    expect(valuesOf(sender.tick(EIGHT_MS))).toEqual([{ taken: 4, note: 'x' }]);
    expect(sender.fates()).toEqual({ suppressed: 0, coalesced: 0, sent: 1, dropped: 0 });
  });
});

describe('what is anticipated', () => {
  it('is the latest state, and neither a log nor what is signed', () => {
    const sender = senderOf();
    sender.anticipate(said(0, { taken: 1, note: 'x' }), EIGHT_MS);
    sender.anticipate(said(1, { taken: 2 }), EIGHT_MS);
    sender.anticipate({ ...said(2, { taken: 3 }), attestation: ATTESTATION }, EIGHT_MS);
    expect(valuesOf(sender.tick(EIGHT_MS))).toEqual([{ taken: 2 }]);
  });
});

describe('a signed reading', () => {
  const signed = { ...said(0, { taken: 1, temperature: 20.123456789 }), attestation: ATTESTATION };

  it('goes at once, as a whole and as it stands, whatever was sent before', () => {
    const sender = senderOf();
    sender.observe(said(-1000, { taken: 1 }), EIGHT_MS);
    sender.tick(EIGHT_MS);
    sender.observe(signed, EIGHT_MS);
    expect(readingsOf(sender.tick(EIGHT_MS + 1))).toEqual([signed]);
  });

  it('is sent once more as a whole, where only one of its attributes is asked for', () => {
    const sender = senderOf();
    sender.observe(signed, EIGHT_MS);
    sender.tick(EIGHT_MS);
    const { assetId, sensor, stamp } = signed;
    const wanted = ['taken', 'temperature'].map((attribute) => ({ assetId, attribute, sensor, stamp }));
    sender.answer({ lane: 'bulk', epoch: 7, ask: { kind: 'differences', wanted, heard: [] } });
    expect(readingsOf(sender.tick(EIGHT_MS + 1))).toEqual([signed]);
  });
});

describe('where readings are kept', () => {
  it('is unsettled until they are acknowledged, or others stand for them', () => {
    const sender = senderOf();
    const lowest = () => sender.unsettled().get('normal');
    sender.observe(said(0, { taken: 1 }), EIGHT_MS, at(10));
    sender.observe(said(1, { taken: 2 }), EIGHT_MS, at(11));
    expect(lowest()).toBe(11n);
    sender.tick(EIGHT_MS + 1);
    expect(lowest()).toBe(11n);
    sender.observe(said(2, { taken: 3 }), EIGHT_MS, at(12));
    sender.relay(said(-5, { taken: 9 }), at(5));
    expect(lowest()).toBe(5n);
    sender.tick(EIGHT_MS + 2);
    sender.acknowledge(acknowledge(1));
    expect(lowest()).toBe(5n);
    sender.acknowledge(acknowledge(2));
    expect(lowest()).toBeUndefined();
    sender.observe(said(3, { taken: 3 }), EIGHT_MS + 3, at(13));
    expect(lowest()).toBeUndefined();
  });

  it('is told by journal', () => {
    const sender = senderOf();
    sender.observe(said(0, { note: 'x' }), EIGHT_MS, { journal: 'low', position: 3n });
    sender.observe(said(0, { note: 'x' }), EIGHT_MS, { journal: 'normal', position: 8n });
    const lowest = new Map([
      ['normal', 8n],
      ['low', 3n],
    ]);
    expect(sender.unsettled()).toEqual(lowest);
  });

  it('stays unsettled where frames are forgotten, until a later one is acknowledged', () => {
    const sender = senderOf({ framesHeldMax: 2 });
    for (const position of [1, 2, 3, 4, 5]) {
      sender.observe(said(position, { note: 'x' }), EIGHT_MS, at(position));
      sender.tick(EIGHT_MS + position);
    }
    expect(sender.unsettled().get('normal')).toBe(1n);
    sender.acknowledge(acknowledge(4));
    expect(sender.unsettled().get('normal')).toBe(5n);
  });

  it('goes with its frame to another epoch', () => {
    const sender = senderOf();
    sender.observe(said(0, { taken: 1 }), EIGHT_MS, at(1));
    sender.tick(EIGHT_MS);
    sender.acknowledge({ lane: 'bulk', epoch: 9, sequence: 50, refused: [] });
    expect(sender.unsettled().get('normal')).toBe(1n);
    sender.acknowledge({ lane: 'bulk', epoch: 10, sequence: 1, refused: [] });
    expect(sender.unsettled().size).toBe(0);
  });
});

describe('the fates that a sender counts', () => {
  it('are one for each reading, of its most telling attribute', () => {
    const sender = senderOf({ logWaitingMax: 1 });
    sender.observe(said(0, { taken: 1, temperature: 20 }), EIGHT_MS);
    sender.tick(EIGHT_MS);
    expect(sender.fates().sent).toBe(1);
    // Suppressed until the next one stands for it.
    sender.observe(said(1, { temperature: 20.5 }), EIGHT_MS + 1);
    sender.observe(said(2, { temperature: 20.4 }), EIGHT_MS + 2);
    expect(sender.fates()).toEqual({ suppressed: 1, coalesced: 0, sent: 1, dropped: 0 });
    sender.observe(said(3, { taken: 2, temperature: 20.4 }), EIGHT_MS + 3);
    sender.observe(said(4, { taken: 3, temperature: 20.4 }), EIGHT_MS + 4);
    expect(sender.fates()).toEqual({ suppressed: 2, coalesced: 1, sent: 1, dropped: 0 });
    sender.observe(said(5, { note: 'x' }), EIGHT_MS + 5);
    sender.observe(said(6, { note: 'y' }), EIGHT_MS + 6);
    expect(sender.fates()).toEqual({ suppressed: 2, coalesced: 1, sent: 1, dropped: 1 });
    sender.observe(said(0, { taken: 7 }), EIGHT_MS + 7);
    expect(sender.fates().coalesced).toBe(2);
  });

  it('add up: with what is still open, to the readings that were observed', () => {
    const reading = fc.record({
      atMs: fc.nat(2000),
      sensor: fc.constantFrom('a', 'b'),
      taken: fc.nat(3),
      note: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 60 }), (readings) => {
        const sender = senderOf();
        for (const [index, { atMs, sensor, taken, note }] of readings.entries()) {
          sender.observe(said(atMs, { taken, ...(note && { note: 'x' }) }, sensor), EIGHT_MS + index);
          if (index % 5 === 0) sender.tick(EIGHT_MS + index);
        }
        const { suppressed, coalesced, sent, dropped } = sender.fates();
        // A later reading of each sensor closes what is suppressed or waits.
        for (const sensor of ['a', 'b']) sender.relay(said(5000, { taken: 1 }, sensor));
        sender.tick(EIGHT_MS + 6000);
        sender.tick(EIGHT_MS + 6001);
        const after = sender.fates();
        expect(after.suppressed + after.coalesced + after.sent + after.dropped).toBe(readings.length + 2);
        expect([suppressed, coalesced, sent, dropped].every((count) => count <= readings.length)).toBe(true);
      }),
    );
  });
});

describe('the bytes of a frame with one reading', () => {
  it('are never more than said', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9:_.-]{1,64}$/);
    const value = fc.oneof(fc.double({ noNaN: true }), fc.boolean(), fc.string({ maxLength: 80 }));
    const reading = fc.record({
      assetId: name,
      assetType: name,
      sensor: name,
      attributes: fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 8 }).map((pairs) => new Map(pairs)),
      position: fc.constant({ longitude: -179.9999999, latitude: -89.9999999, altitude: -10_000 }),
      seen: fc
        .array(name, { maxLength: 3 })
        .map((all) => new Map([['position', new Map(all.map((each) => [each, 2n ** 64n - 1n]))]])),
    });
    fc.assert(
      fc.property(reading, fc.boolean(), (fields, isSigned) => {
        const whole = { ...frameReadingOf(fields), ...(isSigned && { attestation: ATTESTATION }) };
        const frame = {
          gateway: 'g'.repeat(64),
          lane: 'bulk',
          epoch: EIGHT_MS,
          sequence: 10_000_000,
          sentAtMs: EIGHT_MS,
          kind: 'delta',
          readings: [whole],
        } as const;
        expect(encodeFrame(frame).length).toBeLessThanOrEqual(frameBytesOf(whole));
      }),
    );
  });
});
