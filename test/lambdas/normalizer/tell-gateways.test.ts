import { describe, expect, it } from 'vitest';
import type { DeltaPublication, KeptReading } from '../../../core/ports.ts';
import { decodeAck } from '../../../core/sync/decode-command.ts';
import { encodeFrame } from '../../../core/sync/encode-frame.ts';
import type { FrameReading } from '../../../core/sync/frame.ts';
import { tellGateways } from '../../../lambdas/normalizer/tell-gateways.ts';
import { frameReadingOf } from '../../core/sync/frames.ts';

const TOPIC = 'dt/north/gateway/gw-7/frames';
const READINGS = ['garage', 'yard', 'roof'].map((assetId, index) => frameReadingOf({ assetId, stamp: BigInt(index) }));

function bytesOf(readings: readonly FrameReading[]): Uint8Array {
  return encodeFrame({ gateway: 'gw-7', lane: 'bulk', epoch: 7, sequence: 5, sentAtMs: 0, kind: 'delta', readings });
}

function kept(bytes: Uint8Array, index: number, changes: Partial<KeptReading> = {}): KeptReading {
  return {
    readingId: `trace/with/slash/${index}`,
    count: READINGS.length,
    reason: 'out-of-range',
    detail: '',
    topic: TOPIC,
    clientId: 'gw-7',
    principal: '',
    receivedAtMs: 0,
    bytes,
    ...changes,
  };
}

async function told(readings: readonly KeptReading[]) {
  const published: DeltaPublication[] = [];
  expect(await tellGateways(readings, { publish: async (each) => void published.push(each) })).toEqual([]);
  return published.map(({ topic, payload }) => ({ topic, ack: decodeAck(payload) }));
}

const refused = (...places: readonly number[]) =>
  places.map((place) => {
    const { assetId = '', sensor = '', stamp = 0n } = READINGS[place] ?? {};
    return { assetId, sensor, stamp, reason: 'out-of-range' };
  });
const ack = (...places: readonly number[]) => ({
  topic: 'cmd/north/gateway/gw-7/ack',
  ack: { ok: true, command: { lane: 'bulk', epoch: 7, sequence: 0, refused: refused(...places) } },
});

describe('a gateway is told', () => {
  it('of its readings that are kept, once a frame, without acknowledging the frame', async () => {
    const [one, other] = [bytesOf(READINGS), bytesOf(READINGS)];
    expect(await told([kept(one, 0), kept(other, 1), kept(one, 2)])).toEqual([ack(0, 2), ack(1)]);
  });

  it('of all readings of a frame that was refused as a whole', async () => {
    expect(await told([kept(bytesOf(READINGS), 0, { count: 1 })])).toEqual([ack(0, 1, 2)]);
  });

  it.each<[string, KeptReading]>([
    ['what it had sent before', kept(bytesOf(READINGS), 0, { reason: 'replayed' })],
    ['what is no frame', kept(Buffer.from('no frame'), 0, { count: 1 })],
    ['what another device sent', kept(bytesOf(READINGS), 0, { topic: 'dt/north/CarPark/garage/loop' })],
    ['what another gateway sent', kept(bytesOf(READINGS), 0, { topic: 'dt/north/gateway/gw-8/frames' })],
  ])('nothing of %s', async (_what, reading) => {
    expect(await told([reading])).toEqual([]);
  });

  it('by another batch what the broker did not take: that is returned', async () => {
    const error = new Error('no broker');
    const failed = await tellGateways([kept(bytesOf(READINGS), 0)], { publish: () => Promise.reject(error) });
    expect(failed).toEqual([error]);
  });
});
