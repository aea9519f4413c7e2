import { describe, expect, it } from 'vitest';
import { encodeFrame as encodeFec } from '../../../core/fec/encode-frame.ts';
import { ackTopic, frameOf } from '../../../lambdas/shared/frame-message.ts';
import { EXAMPLE, EXAMPLE_HEX } from '../../core/sync/frames.ts';

const BYTES = Buffer.from(EXAMPLE_HEX, 'hex');
const TOPIC = 'dt/north/gateway/gw-7/frames';

describe('the frame in a message', () => {
  it('is what its gateway sent, with the zone that its topic names', () => {
    expect(frameOf({ topic: TOPIC, bytes: BYTES })).toEqual({ zone: 'north', frame: EXAMPLE });
  });

  it('may stand in an FEC frame', () => {
    const wrapped = encodeFec(BYTES, { depth: 5 });
    if (!wrapped.ok) throw new Error(wrapped.detail);
    expect(frameOf({ topic: `${TOPIC}/fec`, bytes: wrapped.frame })).toEqual({ zone: 'north', frame: EXAMPLE });
    expect(frameOf({ topic: TOPIC, bytes: wrapped.frame })).toBeUndefined();
    expect(frameOf({ topic: `${TOPIC}/fec`, bytes: BYTES })).toBeUndefined();
  });

  it.each([
    ['under another gateway’s name', 'dt/north/gateway/gw-8/frames', BYTES],
    ['on a device’s topic', 'dt/north/CarPark/gw-7/frames', BYTES],
    ['of other bytes', TOPIC, Buffer.from('no frame')],
  ])('is nothing %s', (_what, topic, bytes) => {
    expect(frameOf({ topic, bytes })).toBeUndefined();
  });

  it('is answered where its gateway may listen', () => {
    expect(ackTopic('north', 'gw-7')).toBe('cmd/north/gateway/gw-7/ack');
  });
});
