/** What JSON is encoded to; the bytes are written by hand. */
import { describe, expect, it } from 'vitest';
import { decodePayload } from '../../../bin/decode/decode-payload.ts';
import { encodePayload } from '../../../bin/encode/encode-payload.ts';
import config from '../../../cityweave.config.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';

const city = validateCityConfig(config);

const encoded = (json: unknown, as?: string, schema?: string): string =>
  Buffer.from(encodePayload(json, { ...(as && { as }), ...(schema && { schema }) })).toString('hex');
const frame = (readings: unknown) => ({ gateway: 'g', epoch: 7, sequence: 9, sentAtMs: 1, readings });
const reading = { assetId: 'a', assetType: 'Vehicle', stamp: '1000000', attributes: { speed: 12 } };

const PAYLOADS = [
  [
    'sync-frame',
    frame([reading]),
    '0801 120167 1801 2007 2809 3001 3801 420756656869636c65 5207 0a057370656564 5a09 0a0161 1a04 1a02 1018 6940420f0000000000',
  ],
  ['ack', { lane: 'LANE_BULK', epoch: '7', sequence: '9' }, '0801100118072009'],
  [
    'resync-request',
    { lane: 'LANE_CRITICAL', epoch: '7', listings: { buckets: [12, 255] } },
    '08011002180732050a030cff01',
  ],
  ['sync-config', { deltaFramesPerSecondMax: 10 }, '0801100a'],
  [
    'delta-message',
    { departures: [{ assetId: 'a', version: '2', zone: 'z', tile: 'none' }] },
    '0801 1a0e 0a0161 1002 22017a 2a046e6f6e65',
  ],
] as const;

describe('encode', () => {
  it.each(PAYLOADS)('a %s', (format, json, digits) => {
    expect(encoded(json, format)).toBe(digits.replaceAll(' ', ''));
  });

  it('an enveloped reading by its schema’s name, in Avro and in protobuf', () => {
    const parking = { observedAt: 1795248000000, counter: 4711, status: 'occupied', temperature: 290.5 };
    expect(encoded(parking, undefined, 'parking-spot/2')).toBe('c30152a857cda910a76780b0f4d1bf68ce49020200409143');
    const flow = { counter: 5, intensity: 900, averageVehicleSpeed: 48.5 };
    expect(encoded({ schema: 'traffic-flow/2', fields: flow }, 'enveloped-reading')).toBe(
      'c301f417e64cb7d0bd6710051884072500004242',
    );
  });

  it.each(PAYLOADS)('a %s again of what decode has told of it', async (format, json) => {
    const bytes = encodePayload(json, { as: format });
    const topic = { ack: 'ack', 'resync-request': 'resync', 'sync-config': 'config' }[format as string];
    const finding = await decodePayload(bytes, {
      city,
      nowMs: 0,
      ...(topic && { topic: `cmd/centre/gateway/g/${topic}` }),
    });
    expect(finding.format).toBe(format);
    expect(encodePayload(JSON.parse(JSON.stringify(finding)), {})).toEqual(bytes);
  });

  it('a heartbeat with its digest', async () => {
    const digest = { root: '18446744073709551615', assets: 1, heldFrom: 2, listings: { 7: [] } };
    const json = { gateway: 'g', lane: 'bulk', epoch: 7, sequence: 9, sentAtMs: 1, kind: 'heartbeat', digest };
    const finding = await decodePayload(encodePayload(json, { as: 'sync-frame' }), { city, nowMs: 0 });
    expect(finding.content).toEqual(json);
  });

  it('a signed reading with its signature, which decode tells of and does not judge', async () => {
    const attestation = {
      keyId: 'key-1',
      bootId: '18446744073709551615',
      counter: '1',
      gnssAtMs: 1_795_248_000_000,
      satellites: 11,
      previousHash: '00'.repeat(32),
      signature: 'ab'.repeat(64),
    };
    const position = { longitude: -1.9, latitude: 52.4 };
    const bytes = encodePayload(frame([{ ...reading, position, attestation }]), { as: 'sync-frame' });
    const { content, items } = await decodePayload(bytes, { city, nowMs: 0 });
    expect(content).toMatchObject({ readings: [{ position, attestation }] });
    expect(items[0]?.facts).toMatchObject({
      signed: 'by key key-1, boot 18446744073709551615, counter 1, 64 bytes, not verified here',
      positionFixedAt: '2026-11-21T08:00:00.000Z',
    });
    expect(encodePayload(content, { as: 'sync-frame' })).toEqual(bytes);
  });

  it.each([
    [frame([]), 'sync-frame', /^readings: got none/],
    [
      frame([{ ...reading, stamp: 1000000 }]),
      'sync-frame',
      /^readings\[0\]\.stamp: got 1000000, expected a decimal text/,
    ],
    [frame([{ ...reading, stamp: '18446744073709551616' }]), 'sync-frame', /stamp: got "18446744073709551616"/],
    [frame([{ ...reading, attribute: {} }]), 'sync-frame', /^readings\[0\]: no such key "attribute"/],
    [frame([{ ...reading, assetId: 'a/b' }]), 'sync-frame', /^readings\[0\]\.assetId: got "a\/b"/],
    [{ sequence: 'nine' }, 'ack', /^ack: cannot decode field cityweave\.v1\.Ack\.sequence/],
    [{ schema: 'parking-spot/2', fields: { status: 'closed' } }, 'enveloped-reading', /^fields: invalid/],
    [{ schema: 'parking-spot/2', fields: { state: 'free' } }, 'enveloped-reading', /^fields: no such key "state"/],
    [[], 'ack', /^what is to be encoded: got \[\], expected an object/],
  ])('refuses %j with its place', (json, format, line) => {
    expect(() => encodePayload(json, { as: format })).toThrow(line);
  });
});
