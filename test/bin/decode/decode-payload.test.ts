/** What payloads are, or where they are broken; the bytes are written by hand. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePayload } from '../../../bin/decode/decode-payload.ts';
import type { Finding } from '../../../bin/decode/finding.ts';
import { isBroken } from '../../../bin/decode/finding.ts';
import { linesOf } from '../../../bin/decode/print-finding.ts';
import config from '../../../cityweave.config.ts';
import { encodeFrame } from '../../../core/fec/encode-frame.ts';
import { DEPTHS } from '../../../core/fec/link.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';

const city = validateCityConfig(config);
const NOW_MS = Date.UTC(2026, 10, 21, 8);

function decode(bytes: Uint8Array | string | object, topic?: string): Promise<Finding> {
  const text = typeof bytes === 'object' && !(bytes instanceof Uint8Array) ? JSON.stringify(bytes) : bytes;
  const payload = typeof text === 'string' ? Buffer.from(text) : text;
  return decodePayload(payload, { city, nowMs: NOW_MS, ...(topic !== undefined && { topic }) });
}

const hex = (digits: string): Uint8Array => Buffer.from(digits.replaceAll(/\s/g, ''), 'hex');

const PARKING = 'c301 52a857cda910a767 80b0f4d1bf68 ce49 02 02 00409143';
/** Gateway "g", bulk, epoch 7, sequence 9, a delta of one reading: "a" of type "Vehicle", speed 12 by itself. */
const FRAME =
  '0801 120167 1801 2007 2809 3001 3801 420756656869636c65 5207 0a05 7370656564 ' +
  '5a14 0a0161 1a0f 11 40420f0000000000 1a04 0800 1018';

describe('a payload', () => {
  it.each([
    ['enveloped-reading', hex(PARKING), { status: 'occupied', temperature: 290.5 }],
    ['enveloped-reading', hex('c301 f417e64cb7d0bd67 1005 188407 2500004242'), { intensity: 900 }],
    ['senml-cbor', hex('81 a3 00 6b 74656d7065726174757265 01 61 4b 02 fb 4071126666666666'), { temperature: 273.15 }],
    ['senml-json', [{ bn: 'mast/', n: 'temperature', u: 'Cel', v: 21.5 }], { temperature: 21.5 }],
    ['json-reading', { attributes: { occupiedSpotNumber: 61 } }, { occupiedSpotNumber: 61 }],
    ['mapped-json', { sensor_id: 'lotA-17', status: 'occupied', timestamp: 1795248000 }, { status: 'occupied' }],
    [
      'ngsi-ld',
      { id: 'urn:ngsi-ld:WeatherObserved:roof', type: 'WeatherObserved', temperature: { type: 'Property', value: 9 } },
      { temperature: 9 },
    ],
    [
      'lorawan-uplink',
      {
        time: '2026-11-21T08:00:00.125Z',
        deviceInfo: { devEui: '0007ee00000a1b2c' },
        fCnt: 4242,
        fPort: 2,
        data: 'Afs=',
      },
      { status: 'occupied', temperature: -5 },
    ],
    ['sync-frame', hex(FRAME), { speed: 12 }],
  ] as const)('that is a %s is told by its bytes alone', async (format, payload, values) => {
    const finding = await decode(payload);
    expect({ format: finding.format, fault: finding.fault }).toEqual({ format, fault: undefined });
    const [item] = finding.items;
    const said = Object.fromEntries((item?.fields ?? []).map(({ name, value }) => [name, value]));
    expect(said).toMatchObject(values);
    expect(isBroken(finding)).toBe(false);
  });

  it('has the units of its fields: those that were sent, else the asset type’s', async () => {
    const [parking] = (await decode(hex(PARKING))).items;
    expect(parking?.fields).toContainEqual({ name: 'temperature', value: 290.5, unit: 'KEL' });
    const topic = 'dt/centre/WeatherObserved/roof/mast';
    const [weather] = (await decode({ attributes: { temperature: { value: 50, unitCode: '°F' } } }, topic)).items;
    expect(weather).toMatchObject({ facts: { asset: 'roof', source: 'mast' }, fields: [{ value: 50, unit: '°F' }] });
    const [vehicle] = (await decode(hex(FRAME))).items;
    expect(vehicle?.fields).toEqual([{ name: 'speed', value: 12, unit: 'KMH' }]);
  });

  it('names the schema that wrote it', async () => {
    expect((await decode(hex(PARKING))).facts).toEqual({
      schema: 'parking-spot/2',
      writtenIn: 'avro',
      fingerprint: '67a710a9cd57a852',
    });
  });

  it('that would be refused says why, beside what it holds', async () => {
    const finding = await decode({ attributes: { temperature: 290 } }, 'dt/centre/WeatherObserved/roof/mast');
    expect(finding.items[0]).toMatchObject({ fields: [{ value: 290 }], fault: { reason: 'out-of-range' } });
    expect(isBroken(finding)).toBe(true);
    expect(linesOf(finding).at(-1)).toMatch(/would be refused: out-of-range: attribute temperature: got 290/);
  });

  it('on a topic of Basic Ingest is what its rule sees', async () => {
    const topic = '$aws/rules/cityweave_ingest/dt/centre/gateway/g/frames';
    expect(await decode(hex(FRAME), topic)).toMatchObject({
      format: 'sync-frame',
      facts: { gateway: 'g', sequence: 9 },
    });
  });

  it.each(DEPTHS)('in a FEC frame of depth %i is told with what was corrected, and where', async (depth) => {
    const encoded = encodeFrame(hex(FRAME), { depth });
    const frame = encoded.ok ? Uint8Array.from(encoded.frame) : expect.fail('no frame');
    frame[3] = (frame[3] ?? 0) ^ 0xff;
    frame[60] = (frame[60] ?? 0) ^ 0x01;
    expect(await decode(frame)).toMatchObject({
      format: 'fec-frame',
      facts: { depth, corrected: 2, correctedAt: '3, 60' },
      payload: { format: 'sync-frame', facts: { gateway: 'g' } },
    });
  });
});

describe('commands and what they share bytes with', () => {
  const ACK = '0801 1001 1807 2009';

  it.each([
    ['resync', 'resync-request', '0801 1001 1807 3802 080c', undefined],
    ['resync', 'resync-request', '0801 1001 1807 3201 0c', { offset: 8 }],
    ['ack', 'ack', ACK, undefined],
    ['config', 'sync-config', '0801 100a', undefined],
  ])('on cmd/…/%s are %s', async (word, format, digits, fault) => {
    const finding = await decode(hex(digits), `cmd/centre/gateway/g/${word}`);
    expect(finding.format).toBe(format);
    if (fault) expect(finding.fault).toMatchObject(fault);
  });

  it('of a gateway that would upload are read as the cloud reads them', async () => {
    const topic = 'cmd/centre/gateway/gw-7/uploads/request';
    const request = { requestId: 'r-1', bytes: 4, sha256: 'ab'.repeat(32), contentType: 'image/jpeg' };
    const { format, facts } = await decode(request, topic);
    expect({ format, facts }).toMatchObject({ format: 'slot-request', facts: { gateway: 'gw-7', bytes: 4 } });
    expect((await decode({ ...request, bytes: 2 ** 30 }, topic)).fault).toMatchObject({ reason: 'too-large' });
    expect((await decode('{"requestId": ', topic)).fault).toMatchObject({ reason: 'malformed', offset: 14 });
  });

  it('are told apart by nothing but the topic where they are the same bytes', async () => {
    const finding = await decode(hex(ACK));
    expect([finding.format, finding.alternatives]).toEqual(['ack', ['resync-request']]);
  });
});

describe('what is broken', () => {
  it.each([
    ['Avro that ends early', hex(PARKING).subarray(0, -1), 19, 'malformed'],
    ['Avro with an enum that it has not', hex(PARKING.replace('49 02', '49 0a')), 18, 'malformed'],
    ['an envelope that ends early', hex('c301 52a857'), undefined, 'malformed'],
    ['a schema that nobody knows', hex('c301 0102030405060708 00'), undefined, 'unknown-schema'],
    ['protobuf of a wrong wire type', hex('c301 f417e64cb7d0bd67 1005 19 0000'), 12, 'malformed'],
    ['CBOR that ends early', hex('81 a5 21 6d 61'), 3, 'malformed'],
    ['JSON without a comma', '{"attributes": {"a": 1} "b": 2}', 24, 'malformed'],
    ['JSON that ends early', '{"attributes": {"é": 1', 23, 'malformed'],
    ['JSON that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 2, 'malformed'],
    ['a frame that ends early', hex(FRAME).subarray(0, 20), 16, 'malformed'],
    ['a frame whose twin is longer than it', hex(FRAME.replace('5a14', '5a7f')), 34, 'malformed'],
    ['nothing', new Uint8Array(), undefined, 'unknown-schema'],
  ])('%s is said to be so, and where', async (_, payload, offset, reason) => {
    const { fault } = await decode(payload);
    expect({ reason: fault?.reason, offset: fault?.offset }).toEqual({ reason, offset });
  });

  it('beyond correction is so, with the codeword', async () => {
    const encoded = encodeFrame(hex(FRAME), { depth: 1 });
    const frame = encoded.ok ? Uint8Array.from(encoded.frame).fill(0, 20, 40) : expect.fail('no frame');
    const { format, fault } = await decode(frame);
    expect({ format, fault }).toMatchObject({
      format: 'fec-frame',
      fault: { reason: 'fec-uncorrectable', detail: expect.stringMatching(/^codeword 1 of 1/) },
    });
  });

  it('or random is answered all the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const finding = await decode(bytes);
        expect(finding.bytes).toBe(bytes.length);
        expect(linesOf(finding).length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});

const SUITE = fileURLToPath(new URL('../../../../shared/data/bad-input/JSONTestSuite/test_parsing', import.meta.url));
const files = existsSync(SUITE) ? readdirSync(SUITE).filter((file) => file.startsWith('n_')) : [];
const absent = files.length > 0 ? '' : ' (skipped: ../shared/data/bad-input is not there)';

describe.skipIf(files.length === 0)(`JSONTestSuite${absent}`, () => {
  it('breaks at a byte within the file, and what stands before it could still have become JSON', async () => {
    for (const file of files) {
      const bytes = readFileSync(join(SUITE, file));
      const { fault } = await decode(bytes, 'sensors/parking/lotA');
      const { reason, offset = -1 } = fault ?? {};
      const isWithin = offset >= 0 && offset <= bytes.length;
      expect({ file, reason, isWithin }).toEqual({ file, reason: 'malformed', isWithin: true });
    }
  });
});

const UPLINKS = fileURLToPath(new URL('../../../../shared/data/smart-data-models', import.meta.url));
const examples = existsSync(UPLINKS)
  ? readdirSync(UPLINKS, { recursive: true }).filter((file) => /example.*\.json(?:ld)?$/.test(String(file)))
  : [];
const without = examples.length > 0 ? '' : ' (skipped: ../shared/data/smart-data-models is not there)';

describe.skipIf(examples.length === 0)(`Smart Data Models' examples${without}`, () => {
  it('are told to be entities', async () => {
    for (const file of examples) {
      const { format } = await decode(readFileSync(join(UPLINKS, String(file))));
      expect({ file, format }).toEqual({ file, format: 'ngsi-ld' });
    }
  });
});
