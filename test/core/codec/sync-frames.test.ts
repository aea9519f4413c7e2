import { describe, expect, it } from 'vitest';
import { normalize } from '../../../core/codec/normalize.ts';
import { encodeFrame as wrap } from '../../../core/fec/encode-frame.ts';
import { type Depth, DEPTHS } from '../../../core/fec/link.ts';
import { encodeFrame } from '../../../core/sync/encode-frame.ts';
import type { FrameReading, SyncFrame } from '../../../core/sync/frame.ts';
import { smallCity } from '../schema/small-city.ts';
import { EXAMPLE, EXAMPLE_HEX, frameReadingOf } from '../sync/frames.ts';
import { messageOf } from './factories.ts';

const TOPIC = 'dt/north/gateway/gw-7/frames';
const context = { city: smallCity, stage: smallCity.stages.dev, assets: new Map() };

function normalized(bytes: Uint8Array, topic = TOPIC) {
  return normalize(messageOf(bytes, { topic, clientId: topic.split('/')[3] ?? '' }), context);
}

function withReadings(...readings: readonly FrameReading[]): Uint8Array {
  return encodeFrame({ ...EXAMPLE, kind: 'delta', readings });
}

describe('a frame of a gateway', () => {
  it('becomes observations of the sensors behind it, each under its own dot, with what had been seen', () => {
    const { observations, kept } = normalized(Buffer.from(EXAMPLE_HEX, 'hex'));
    expect(kept).toEqual([]);
    expect(observations).toMatchObject([
      {
        readingId: 'trace-1/0',
        count: 2,
        kind: 'reading',
        clientId: 'gw-7',
        assetId: 'garage',
        zone: 'north',
        source: 'gw-7/loop',
        stamp: 1_795_247_998_800_004_711n,
        observedAtMs: 1_795_247_998_800,
        seen: new Map(),
        attributes: new Map([
          ['taken', 61],
          ['temperature', 21.5],
        ]),
      },
      {
        readingId: 'trace-1/1',
        source: 'gw-7/fused',
        stamp: 1_795_247_999_700_000_012n,
        attributes: new Map([['taken', 60]]),
        seen: new Map([['taken', new Map([['gw-7/loop', 1_795_247_998_800_004_711n]])]]),
      },
    ]);
  });

  it('has no readings in a heartbeat', () => {
    const { gateway, lane, epoch, sequence, sentAtMs } = EXAMPLE;
    const beat: SyncFrame = {
      gateway,
      lane,
      epoch,
      sequence,
      sentAtMs,
      kind: 'heartbeat',
      digest: { root: 1n, assets: 0, heldFrom: 1 },
    };
    expect(normalized(encodeFrame(beat))).toEqual({ observations: [], kept: [] });
  });

  it('costs a bad reading alone', () => {
    const bytes = withReadings(
      frameReadingOf({ attributes: new Map([['taken', 5001]]) }),
      frameReadingOf(),
      frameReadingOf({ assetId: 'a b' }),
    );
    const { observations, kept } = normalized(bytes);
    expect(observations.map(({ readingId }) => readingId)).toEqual(['trace-1/1']);
    expect(kept.map(({ readingId, reason }) => [readingId, reason])).toEqual([
      ['trace-1/0', 'out-of-range'],
      ['trace-1/2', 'schema-violation'],
    ]);
  });

  it.each([
    ['another gateway’s sensor', { sensor: 'gw-8/loop' }],
    ['an authority', { sensor: 'operator/ann' }],
    ['another’s sensor as seen', { seen: new Map([['taken', new Map([['gw-8/loop', 1n]])]]) }],
  ])('may not name %s', (_, changes) => {
    expect(normalized(withReadings(frameReadingOf(changes))).kept).toMatchObject([{ reason: 'not-authorized' }]);
  });

  it.each([
    ['of another gateway', 'dt/north/gateway/gw-8/frames', Buffer.from(EXAMPLE_HEX, 'hex'), 'not-authorized'],
    ['that is JSON', TOPIC, Buffer.from('{}'), 'malformed'],
    ['of 1001 readings', TOPIC, withReadings(...Array.from({ length: 1001 }, () => frameReadingOf())), 'too-large'],
    ['whose sensor is no name', TOPIC, withReadings(frameReadingOf({ sensor: 'a b' })), 'schema-violation'],
    ['whose stamp lies ahead', TOPIC, withReadings(frameReadingOf({ stamp: 2n ** 64n - 1n })), 'time-in-future'],
  ])('%s is refused', (_, topic, bytes, reason) => {
    expect(normalized(bytes, topic)).toMatchObject({ observations: [], kept: [{ reason }] });
  });

  it('may hold 1000 readings', () => {
    const bytes = withReadings(...Array.from({ length: 1000 }, (_, index) => frameReadingOf({ stamp: BigInt(index) })));
    expect(normalized(bytes).observations).toHaveLength(1000);
  });
});

describe('a frame of a link on which bytes flip', () => {
  const FEC_TOPIC = `${TOPIC}/fec`;

  function wrapped(depth: Depth): Uint8Array {
    const encoded = wrap(Buffer.from(EXAMPLE_HEX, 'hex'), { depth });
    return encoded.ok ? Uint8Array.from(encoded.frame) : expect.fail('no FEC frame');
  }

  it.each(DEPTHS)('is mended first, at whichever depth it was wrapped: %i', (depth) => {
    const frame = wrapped(depth);
    for (let at = 0; at < 16 * depth; at += 1) frame[at] = (frame[at] ?? 0) ^ 0xff;
    const { observations, kept } = normalized(frame, FEC_TOPIC);
    expect([observations, kept]).toEqual([normalized(Buffer.from(EXAMPLE_HEX, 'hex')).observations, []]);
  });

  it('is kept as it came where it cannot be', () => {
    const frame = wrapped(2).fill(0, 10, 50);
    expect(normalized(frame, FEC_TOPIC).kept).toMatchObject([{ reason: 'fec-uncorrectable', bytes: frame }]);
  });

  it('is none where it was not wrapped, and a wrapped one is none where it should not be', () => {
    expect(normalized(Buffer.from(EXAMPLE_HEX, 'hex'), FEC_TOPIC).observations).toEqual([]);
    expect(normalized(wrapped(1)).kept).toMatchObject([{ reason: 'malformed' }]);
  });
});
