import { encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { decodeMessage } from '../../../core/codec/decode.ts';
import type { DecodedReading } from '../../../core/codec/decoder.ts';
import { SENML_UNITS } from '../../../core/codec/senml/senml-units.ts';
import { UNIT_CODES } from '../../../core/schema/units.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import { EIGHT_O_CLOCK_MS, messageOf } from './factories.ts';

const city = validateCityConfig(config);
const TOPIC = 'dt/edgbaston/WeatherObserved/roof/mast';

function decode(payload: unknown): readonly DecodedReading[] {
  return decodeMessage(messageOf(payload, { topic: TOPIC }), city).readings;
}

/** What of the readings a pack says. */
function said(payload: unknown): unknown {
  return decode(payload).map((reading) =>
    reading.ok
      ? [reading.observedAtMs ?? 'now', ...reading.attributes.map(({ name, value, unit }) => [name, value, unit])]
      : reading,
  );
}

/** RFC 8428, section 5.1.3: the example of RFC 8428, 5.1.2, with the times and names that it resolves to. */
const MULTIPLE = [
  { bn: 'urn:dev:ow:10e2073a01080063:', bt: 1.276020076001e9, bu: 'A', bver: 5, n: 'voltage', u: 'V', v: 120.1 },
  { n: 'current', t: -5, v: 1.2 },
  { n: 'current', t: -4, v: 1.3 },
  { n: 'current', v: 1.7 },
];

describe('a pack of SenML', () => {
  it('resolves base fields, times and units as RFC 8428 does', () => {
    expect(said(MULTIPLE)).toEqual([
      [1_276_020_076_001, ['voltage', 120.1, 'VLT'], ['current', 1.7, 'AMP']],
      [1_276_020_071_001, ['current', 1.2, 'AMP']],
      [1_276_020_072_001, ['current', 1.3, 'AMP']],
    ]);
  });

  it('has times from now where they are small, and now where there are none', () => {
    expect(said([{ n: 'urn:dev:mac:0024befffe804ff1/temperature', u: 'Cel', v: 23.1 }])).toEqual([
      ['now', ['temperature', 23.1, 'CEL']],
    ]);
    expect(said([{ bn: 'mast/', n: 'temperature', t: -60, v: 1 }])).toEqual([
      [EIGHT_O_CLOCK_MS - 60_000, ['temperature', 1, undefined]],
    ]);
    expect(said([{ n: 'temperature', t: 2 ** 28 - 1, v: 1 }])).toEqual([
      [EIGHT_O_CLOCK_MS + (2 ** 28 - 1) * 1000, ['temperature', 1, undefined]],
    ]);
    expect(said([{ n: 'temperature', t: 2 ** 28, v: 1 }])).toEqual([[2 ** 28 * 1000, ['temperature', 1, undefined]]]);
  });

  it('has a base value, texts, truths and a place', () => {
    expect(said([{ bn: 'mast/', bv: 20 }, { n: 'temperature', v: 1.5 }, { n: 'humidity' }])).toEqual([
      ['now', ['temperature', 21.5, undefined], ['humidity', 20, undefined]],
    ]);
    expect(
      said([
        { n: 'a', vs: 'x' },
        { n: 'b', vb: false },
      ]),
    ).toEqual([['now', ['a', 'x', undefined], ['b', false, undefined]]]);
    const place = [
      { n: 'lat', u: 'lat', v: 52.4 },
      { n: 'lon', u: 'lon', v: -1.9 },
    ];
    expect(decode(place)).toMatchObject([{ attributes: [], position: { latitude: 52.4, longitude: -1.9 } }]);
  });

  it.each([
    [
      'of two sensors',
      [
        { n: 'a/t', v: 1 },
        { n: 'b/t', v: 1 },
      ],
      'not-authorized',
    ],
    ['of a later version', [{ bver: 11, n: 't', v: 1 }], 'schema-violation'],
    ['with a label that must be understood', [{ n: 't', v: 1, later_: 1 }], 'schema-violation'],
    ['with two values', [{ n: 't', v: 1, vs: 'x' }], 'schema-violation'],
    ['without a value', [{ bn: 'mast/' }], 'schema-violation'],
    ['with a sum only', [{ n: 't', s: 1 }], 'schema-violation'],
    ['with data', [{ n: 't', vd: 'aGk' }], 'schema-violation'],
    ['without a name', [{ v: 1 }], 'schema-violation'],
    ['with a name that is none', [{ n: 'ä', v: 1 }], 'schema-violation'],
    ['with half a place', [{ n: 'lat', u: 'lat', v: 1 }], 'schema-violation'],
    ['with a value of another kind', [{ n: 't', v: '1' }], 'schema-violation'],
    ['with what is no record', [{ n: 't', v: 1 }, 5], 'schema-violation'],
    ['with a time that is none', [{ n: 't', v: 1, t: 1e300 }], 'schema-violation'],
    ['of too many times', Array.from({ length: 1001 }, (_, t) => ({ n: 't', v: 1, t: -t })), 'too-large'],
  ])('%s is refused', (_, pack, reason) => {
    expect(decode(pack)).toMatchObject([{ ok: false, reason }]);
  });

  it('may have a unit of ours where SenML has none, and validation has the last word', () => {
    expect(said([{ n: 't', u: 'FAH', v: 1 }])).toEqual([['now', ['t', 1, 'FAH']]]);
    expect([...SENML_UNITS.values()].filter((code) => !UNIT_CODES.includes(code))).toEqual([]);
  });
});

describe('SenML in CBOR', () => {
  /** RFC 8428, section 6: a pack of MULTIPLE's kind, byte by byte. */
  const EXAMPLE =
    '87a721781b75726e3a6465763a6f773a3130653230373361303130383030363a22fb41d303a15b00106223614120050067766f6c7461676501615602fb405e066666666666' +
    'a3006763757272656e74062402fb3ff3333333333333a3006763757272656e74062302fb3ff4cccccccccccda3006763757272656e74062202fb3ff6666666666666' +
    'a3006763757272656e74062102f93e00a3006763757272656e74062002fb3ff999999999999aa3006763757272656e74060002fb3ffb333333333333';

  it('is read as the RFC’s example has it', () => {
    expect(said(Buffer.from(EXAMPLE, 'hex'))).toEqual([
      [1_276_020_076_001, ['voltage', 120.1, 'VLT'], ['current', 1.7, 'AMP']],
      [1_276_020_071_001, ['current', 1.2, 'AMP']],
      [1_276_020_072_001, ['current', 1.3, 'AMP']],
      [1_276_020_073_001, ['current', 1.4, 'AMP']],
      [1_276_020_074_001, ['current', 1.5, 'AMP']],
      [1_276_020_075_001, ['current', 1.6, 'AMP']],
    ]);
  });

  it('is the same pack with numbers for labels', () => {
    const pack = [
      new Map<unknown, unknown>([
        [-2, 'mast/'],
        [-3, 1_795_248_000],
        [0, 'temperature'],
        [1, 'Cel'],
        [2, 21.5],
      ]),
    ];
    expect(said(encode(pack))).toEqual([[EIGHT_O_CLOCK_MS, ['temperature', 21.5, 'CEL']]]);
  });

  it.each([
    ['cut short', Buffer.from(EXAMPLE, 'hex').subarray(0, 90), 'malformed'],
    ['of a length that is not there', Buffer.from('9affffffff', 'hex'), 'malformed'],
    ['nested without end', Buffer.alloc(100_000, 0x81), 'malformed'],
    ['nested in a record', Buffer.from('81a10081818100', 'hex'), 'schema-violation'],
    ['of numbers', Buffer.from('820102', 'hex'), 'schema-violation'],
    ['with an infinity', Buffer.from('81a2006174 02f97c00'.replace(' ', ''), 'hex'), 'malformed'],
    ['with a label twice', Buffer.from('81a20061740061', 'hex'), 'malformed'],
    ['empty', Buffer.from('80', 'hex'), 'schema-violation'],
  ])('%s is refused', (_, bytes, reason) => {
    expect(decode(bytes)).toMatchObject([{ ok: false, reason }]);
  });
});
