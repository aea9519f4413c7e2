import { describe, expect, it } from 'vitest';
import type { Ack, Ask } from '../../../core/sync/command.ts';
import { decodeAck, decodeConfig, decodeRequest } from '../../../core/sync/decode-command.ts';
import { encodeAck, encodeConfig, encodeRequest } from '../../../core/sync/encode-command.ts';

const LEAF = { assetId: 'garage', attribute: 'taken', sensor: 'loop', stamp: 2n ** 64n - 1n };

const ASKS: readonly Ask[] = [
  { kind: 'root' },
  { kind: 'sums' },
  { kind: 'listings', buckets: [0, 255] },
  { kind: 'differences', wanted: [LEAF], heard: [{ ...LEAF, stamp: 1n }] },
  { kind: 'snapshot' },
  { kind: 'frames', first: 3, last: 2 ** 40 },
];

describe('a command', () => {
  it.each(ASKS)('asks for $kind and is understood', (ask) => {
    const request = { lane: 'critical', epoch: 1_795_248_000_000, ask } as const;
    expect(decodeRequest(encodeRequest(request))).toEqual({ ok: true, command: request });
  });

  it('acknowledges, and configures what it names', () => {
    const refused = [{ assetId: 'garage', sensor: 'loop', stamp: 4711n, reason: 'out-of-range' }];
    const ack: Ack = { lane: 'bulk', epoch: 7, sequence: 5, refused };
    expect(decodeAck(encodeAck(ack))).toEqual({ ok: true, command: ack });
    for (const config of [{}, { heartbeatIntervalMs: 5000 }, { deltaFramesPerSecondMax: 1 }]) {
      expect(decodeConfig(encodeConfig(config))).toEqual({ ok: true, command: config });
    }
  });

  it('has the bytes that its schema asks for', () => {
    const request = encodeRequest({ lane: 'bulk', epoch: 7, ask: { kind: 'listings', buckets: [1, 200] } });
    expect(Buffer.from(request).toString('hex')).toBe('08011001180732050a0301c801');
  });

  it.each([
    ['another format', '080210011807280 1', 'unknown-schema'],
    ['no lane', '080118072801', 'malformed'],
    ['nothing asked', '080110011807', 'malformed'],
    ['bucket 256', '080110011807 32040a028002', 'malformed'],
    ['bytes that end early', '08', 'malformed'],
  ])('of %s is refused', (_, hex, reason) => {
    expect(decodeRequest(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toMatchObject({ ok: false, reason });
  });

  it('sets no rate to 0', () => {
    expect(decodeConfig(encodeConfig({ deltaFramesPerSecondMax: 0 }))).toMatchObject({ reason: 'malformed' });
    expect(decodeAck(new Uint8Array([8]))).toMatchObject({ reason: 'malformed' });
  });
});
