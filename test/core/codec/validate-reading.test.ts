import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAGNITUDE_MAX, MAGNITUDE_MIN, TEXT_LENGTH_MAX } from '../../../core/codec/attribute-values.ts';
import type { DraftReading } from '../../../core/codec/decoder.ts';
import { AHEAD_MAX_MS, validateReading } from '../../../core/codec/validate-reading.ts';
import type { AttributeValue } from '../../../core/observation.ts';
import type { Reason } from '../../../core/reason.ts';
import type { CityConfig, RegisteredAsset, Stage } from '../../../core/schema/city-config.ts';
import { smallCity } from '../schema/small-city.ts';
import { draftOf, EIGHT_O_CLOCK_MS, messageOf, observationOf } from './factories.ts';

const { dev, prod } = smallCity.stages;
const garage = smallCity.assets['garage'];
const LATE_MAX_MS = 604_800_000;

function validate(
  draft: DraftReading,
  { asset = garage, stage = dev }: { asset?: RegisteredAsset; stage?: Stage } = {},
) {
  return validateReading(draft, { message: messageOf({}), index: 0, count: 1 }, asset, smallCity, stage);
}

function unregistered(draft: DraftReading, stage: Stage) {
  return validateReading(draft, { message: messageOf({}), index: 0, count: 1 }, undefined, smallCity, stage);
}

/** A draft with one attribute. */
function withAttribute(name: string, value: AttributeValue, unit?: string): DraftReading {
  return draftOf({ attributes: [{ name, value, ...(unit === undefined ? {} : { unit }) }] });
}

function withAttributes(values: Readonly<Record<string, AttributeValue>>): DraftReading {
  return draftOf({ attributes: Object.entries(values).map(([name, value]) => ({ name, value })) });
}

const REFUSED: readonly [what: string, draft: DraftReading, reason: Reason, detail: string][] = [
  ['a type that is not known', draftOf({ assetType: 'Pier' }), 'unknown-schema', 'asset type "Pier"'],
  ['a type that objects have', draftOf({ assetType: 'constructor' }), 'unknown-schema', 'asset type "constructor"'],
  ['a zone that is not known', draftOf({ zone: 'south' }), 'schema-violation', 'zone "south"'],
  ['an attribute that is not known', withAttribute('takken', 1), 'schema-violation', 'has no attribute "takken"'],
  ['one that objects have', withAttribute('toString', 1), 'schema-violation', 'has no attribute "toString"'],
  ['a prototype', withAttribute('__proto__', 1), 'schema-violation', 'has no attribute "__proto__"'],
  [
    'an attribute twice',
    draftOf({
      attributes: [
        { name: 'taken', value: 1 },
        { name: 'taken', value: 1 },
      ],
    }),
    'schema-violation',
    'attribute taken stands there twice',
  ],

  ['a text for a number', withAttribute('taken', '61'), 'schema-violation', 'taken: got "61", expected a number'],
  ['a boolean for a number', withAttribute('taken', true), 'schema-violation', 'taken: got true, expected a number'],
  ['a number for a boolean', withAttribute('open', 1), 'schema-violation', 'open: got 1, expected a boolean'],
  ['a number for a text', withAttribute('status', 1), 'schema-violation', 'status: got 1, expected a string'],
  ['a word that is not known', withAttribute('status', 'OK'), 'schema-violation', 'expected one of ok, broken'],
  ['no word', withAttribute('status', ''), 'schema-violation', 'status: got ""'],
  ['part of a count', withAttribute('taken', 61.5), 'schema-violation', 'taken: got 61.5, expected a whole number'],
  ['NaN', withAttribute('temperature', Number.NaN), 'malformed', 'NaN is no finite number'],
  ['an infinity', withAttribute('temperature', -Infinity), 'malformed', '-Infinity is no finite number'],

  ['a unit that is not known', withAttribute('temperature', 20, 'smoot'), 'schema-violation', 'unit "smoot" is not'],
  [
    'a unit of something else',
    withAttribute('temperature', 20, 'KMH'),
    'schema-violation',
    'KMH (km/h) measures speed',
  ],
  ['a boolean with a unit', withAttribute('open', true, 'C62'), 'schema-violation', 'a boolean has no unit'],
  ['a text with a unit', withAttribute('status', 'ok', 'C62'), 'schema-violation', 'a string has no unit'],

  ['a count below 0', withAttribute('taken', -1), 'out-of-range', 'taken: got -1 C62, expected 0 to 5000'],
  ['a count above 5000', withAttribute('taken', 5001), 'out-of-range', 'taken: got 5001 C62, expected 0 to 5000'],
  ['less than -40 °C', withAttribute('temperature', -40.01), 'out-of-range', 'got -40.01 CEL, expected -40 to 85'],
  ['more than 85 °C', withAttribute('temperature', 85.01), 'out-of-range', 'got 85.01 CEL, expected -40 to 85'],
  ['more than 185 °F', withAttribute('temperature', 185.1, 'FAH'), 'out-of-range', 'CEL, expected -40 to 85'],
  ['more taken than there are', withAttributes({ taken: 11, total: 10 }), 'out-of-range', 'expected taken <= total'],
  ['a long text', withAttribute('note', 'x'.repeat(TEXT_LENGTH_MAX + 1)), 'out-of-range', `got ${TEXT_LENGTH_MAX + 1}`],

  ['a latitude', draftOf({ position: { longitude: 0, latitude: 90.0001 } }), 'out-of-range', 'position: got'],
  ['a latitude', draftOf({ position: { longitude: 0, latitude: -90.0001 } }), 'out-of-range', 'position: got'],
  ['a longitude', draftOf({ position: { longitude: 180.0001, latitude: 0 } }), 'out-of-range', 'position: got'],
  ['a longitude', draftOf({ position: { longitude: -180.0001, latitude: 0 } }), 'out-of-range', 'position: got'],
  ['no longitude', draftOf({ position: { longitude: Number.NaN, latitude: 0 } }), 'out-of-range', 'position: got'],
  ['a depth', draftOf({ position: { longitude: 0, latitude: 0, altitude: -500.1 } }), 'out-of-range', 'position: got'],
  [
    'a height',
    draftOf({ position: { longitude: 0, latitude: 0, altitude: 10_000.1 } }),
    'out-of-range',
    'position: got',
  ],

  [
    'a time just too far ahead',
    draftOf({ observedAtMs: EIGHT_O_CLOCK_MS + AHEAD_MAX_MS + 1 }),
    'time-in-future',
    'observed 300001 ms after it was received, expected at most 300000',
  ],
  ['nanoseconds for milliseconds', draftOf({ observedAtMs: EIGHT_O_CLOCK_MS * 1000 }), 'time-in-future', 'observed'],
  [
    'what was seen of a source just too far ahead',
    draftOf({ seen: new Map([['taken', new Map([['camera', 1_795_248_300_001_000_000n]])]]) }),
    'time-in-future',
    'seen taken of camera: got 1795248300001000000, expected at most 1795248300000999999',
  ],
  [
    'what was seen of an attribute that is not known',
    draftOf({ seen: new Map([['takken', new Map()]]) }),
    'schema-violation',
    'seen: CarPark has no attribute "takken"',
  ],
  ['a time before 1970', draftOf({ observedAtMs: -1 }), 'time-in-past', 'expected 1970 or later'],
  ['a device that is called as who decides', draftOf({ source: 'operator' }), 'not-authorized', 'source operator'],
  ['a sensor behind one', draftOf({ source: 'operator/ann' }), 'not-authorized', 'speaks by the API alone'],
  ['a stranger', draftOf({ source: 'passer-by' }), 'not-authorized', 'source passer-by may not speak for garage'],
];

const TAKEN: readonly [what: string, draft: DraftReading][] = [
  ['no one', withAttribute('taken', 0)],
  ['5000', withAttribute('taken', 5000)],
  ['-40 °C', withAttribute('temperature', -40)],
  ['85 °C', withAttribute('temperature', 85)],
  ['185 °F', withAttribute('temperature', 185, 'FAH')],
  ['358.15 K', withAttribute('temperature', 358.15, 'KEL')],
  ['as many as there are', withAttributes({ taken: 10, total: 10 })],
  ['taken, of how many it does not say', withAttributes({ taken: 5000 })],
  ['a text as long as may be', withAttribute('note', 'x'.repeat(TEXT_LENGTH_MAX))],
  ['an empty note', withAttribute('note', '')],
  ['the north pole', draftOf({ position: { longitude: 180, latitude: 90, altitude: 10_000 } })],
  ['the south pole', draftOf({ position: { longitude: -180, latitude: -90, altitude: -500 } })],
  ['a time as far ahead as may be', draftOf({ observedAtMs: EIGHT_O_CLOCK_MS + AHEAD_MAX_MS })],
  [
    'what was seen of a source as far ahead as may be',
    draftOf({
      seen: new Map([
        ['taken', new Map([['camera', 1_795_248_300_000_999_999n]])],
        ['position', new Map()],
      ]),
    }),
  ],
  ['the start of 1970', draftOf({ observedAtMs: 0 })],
  ['the other source', draftOf({ source: 'camera' })],
];

describe('validateReading', () => {
  it.each(REFUSED)('refuses %s: %o', (_what, draft, reason, detail) => {
    expect(validate(draft)).toMatchObject({ ok: false, reason, detail: expect.stringContaining(detail) });
  });

  it.each(TAKEN)('takes %s: %o', (_what, draft) => {
    expect(validate(draft)).toMatchObject({ ok: true });
  });

  it('makes a draft an observation', () => {
    const draft = draftOf({
      counter: 4711n,
      position: { longitude: 103.85, latitude: 1.29 },
      seen: new Map([['taken', new Map([['camera', 5n]])]]),
      attestation: 'live',
      schema: 99n,
    });
    expect(validate(draft)).toEqual({
      ok: true,
      observation: observationOf({
        stamp: 1_795_248_000_000_004_711n,
        position: { longitude: 103.85, latitude: 1.29 },
        seen: new Map([['taken', new Map([['camera', 5n]])]]),
        attestation: 'live',
        schema: 99n,
      }),
    });
  });

  it('says which reading of how many it is', () => {
    const place = { message: messageOf({}, { messageId: 'trace-9' }), index: 7, count: 12 };
    expect(validateReading(draftOf(), place, garage, smallCity, dev)).toMatchObject({
      observation: { readingId: 'trace-9/7', count: 12 },
    });
  });

  it('gives values in the units of the asset type', () => {
    const valid = validate(withAttribute('temperature', 68, 'FAH'));
    expect(valid).toMatchObject({ observation: { attributes: new Map([['temperature', 20]]) } });
  });

  it('knows no negative zero', () => {
    const draft = draftOf({ attributes: [{ name: 'taken', value: -0 }], position: { longitude: -0, latitude: -0 } });
    const valid = validate(draft);
    if (!valid.ok) expect.unreachable();
    expect(valid.observation.attributes.get('taken')).toBe(0);
    expect(valid.observation.position).toStrictEqual({ longitude: 0, latitude: 0 });
  });
});

describe('a stamp', () => {
  const stampOf = (draft: DraftReading) => {
    const valid = validate(draft);
    return valid.ok ? valid.observation.stamp : undefined;
  };

  it.each([
    [0n, 1_795_248_000_000_000_000n],
    [999_999n, 1_795_248_000_000_999_999n],
    [1_000_000n, 1_795_248_000_000_000_000n],
    [2n ** 64n - 1n, 1_795_248_000_000_551_615n],
  ])('takes its tie from the counter %d', (counter, stamp) => {
    expect(stampOf(draftOf({ counter }))).toBe(stamp);
  });

  it('takes its tie from the content where there is no counter: the same for the same', () => {
    // SHA-256 of {"assetId":"garage","attributes":{"taken":61}}, first 8 bytes, modulo 10⁶, by sha256sum and bc.
    expect(stampOf(draftOf())).toBe(1_795_248_000_000_751_265n);
    expect(stampOf(draftOf({ source: 'camera' }))).toBe(1_795_248_000_000_751_265n);
    expect(stampOf(withAttribute('taken', 62))).not.toBe(1_795_248_000_000_751_265n);
  });

  it('does not ask in which unit the content came', () => {
    expect(stampOf(withAttribute('temperature', 68, 'FAH'))).toBe(stampOf(withAttribute('temperature', 20)));
  });

  it('is the time, then a tie of 0 to 999,999', () => {
    const observedAtMs = fc.integer({ min: 0, max: EIGHT_O_CLOCK_MS + AHEAD_MAX_MS });
    const counter = fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { nil: undefined });
    fc.assert(
      fc.property(observedAtMs, counter, (ms, count) => {
        const stamp = stampOf(draftOf({ observedAtMs: ms, ...(count === undefined ? {} : { counter: count }) })) ?? -1n;
        expect(stamp / 1_000_000n).toBe(BigInt(ms));
      }),
    );
  });
});

describe('a reading without a time', () => {
  const { observedAtMs: _, ...timeless } = draftOf();

  it('was observed when it was received, and says so', () => {
    expect(validate(timeless)).toMatchObject({
      observation: { observedAtMs: EIGHT_O_CLOCK_MS, flags: ['observed-at-missing'] },
    });
  });
});

describe('a late reading', () => {
  const late = (ms: number) => draftOf({ observedAtMs: EIGHT_O_CLOCK_MS - ms });

  it('is taken where any age is', () => {
    expect(validate(late(EIGHT_O_CLOCK_MS))).toMatchObject({ ok: true });
  });

  it('is taken up to the limit, and refused beyond it', () => {
    expect(validate(late(LATE_MAX_MS), { stage: prod })).toMatchObject({ ok: true });
    expect(validate(late(LATE_MAX_MS + 1), { stage: prod })).toMatchObject({ ok: false, reason: 'time-in-past' });
  });
});

describe('the registry', () => {
  it('lets any source speak for an asset that lists none', () => {
    const yard = { assetType: 'CarPark', zone: 'north' };
    expect(validate(draftOf({ assetId: 'yard', source: 'anybody' }), { asset: yard })).toMatchObject({ ok: true });
  });

  it.each([
    [{ assetType: 'Pier', zone: 'north' }, 'garage is registered as Pier in north, got CarPark in north'],
    [{ assetType: 'CarPark', zone: 'south' }, 'garage is registered as CarPark in south, got CarPark in north'],
  ])('knows an asset as %o', (asset, detail) => {
    expect(validate(draftOf(), { asset })).toEqual({ ok: false, reason: 'not-authorized', detail });
  });

  it('flags an asset that it does not know, or quarantines its readings', () => {
    expect(unregistered(draftOf({ flags: ['coarse-clock'] }), dev)).toMatchObject({
      observation: { flags: ['coarse-clock', 'unregistered'] },
    });
    expect(unregistered(draftOf(), prod)).toEqual({
      ok: false,
      reason: 'not-authorized',
      detail: 'asset garage is not in the registry',
    });
  });
});

describe('a number', () => {
  /** A type whose one attribute has no range, so that nothing but what can be stored limits it. */
  const unlimited: CityConfig = {
    ...smallCity,
    assetTypes: {
      CarPark: {
        description: 'a number without a range',
        model: 'test',
        attributes: {
          level: {
            description: 'any number',
            kind: 'number',
            unit: 'MTR',
            policy: 'latest',
            maxAgeMs: 60_000,
            reporting: 'state',
          },
        },
      },
    },
  };
  const levelOf = (value: number, unit?: string) => {
    const place = { message: messageOf({}), index: 0, count: 1 };
    const valid = validateReading(withAttribute('level', value, unit), place, garage, unlimited, dev);
    return valid.ok ? valid.observation.attributes.get('level') : valid.reason;
  };

  it.each([1, -1])('is taken up to what a table holds, and refused beyond (%d)', (sign) => {
    expect(levelOf(sign * MAGNITUDE_MAX)).toBe(sign * MAGNITUDE_MAX);
    expect(levelOf(sign * 9.9900000000001e125)).toBe('out-of-range');
    expect(levelOf(sign * Number.MAX_VALUE)).toBe('out-of-range');
    expect(levelOf(sign * 1e125, 'KMT')).toBe('out-of-range');
  });

  it.each([1, -1])('is 0 where it is closer to it than a table can tell (%d)', (sign) => {
    expect(levelOf(sign * MAGNITUDE_MIN)).toBe(sign * MAGNITUDE_MIN);
    expect(levelOf(sign * 9.999999999999999e-131)).toBe(0);
    expect(levelOf(sign * Number.MIN_VALUE)).toBe(0);
    expect(levelOf(sign * 1e-128, 'MMT')).toBe(0);
  });

  it('is 0 in a position too', () => {
    const valid = validate(draftOf({ position: { longitude: 1e-131, latitude: -1e-200, altitude: 1e-130 } }));
    if (!valid.ok) expect.unreachable();
    expect(valid.observation.position).toStrictEqual({ longitude: 0, latitude: 0, altitude: 1e-130 });
  });

  it('is taken by DynamoDB whatever double it is, if it is taken here', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const level = levelOf(value);
        if (level === 'out-of-range') return;
        // Developer guide, "Supported data types": 38 digits, 1E-130 to 9.99…E+125.
        const [, digits = '', exponent = ''] = /^-?([\d.]+)e([+-]\d+)$/.exec(Number(level).toExponential()) ?? [];
        expect(digits.replace('.', '').length).toBeLessThanOrEqual(38);
        expect(level === 0 || (Number(exponent) >= -130 && Number(exponent) <= 125)).toBe(true);
      }),
    );
  });
});

describe('whatever a device may send for an attribute', () => {
  const KINDS = { taken: 'number', temperature: 'number', open: 'boolean', status: 'string', note: 'string' } as const;
  const attributeName = fc.constantFrom('taken', 'temperature', 'open', 'status', 'note');
  const value = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.string({ maxLength: 300 }),
    fc.constantFrom('ok', 'broken', '', '0', 'true', 'x'.repeat(256), 'x'.repeat(257)),
  );
  const unit = fc.option(fc.constantFrom('C62', 'P1', 'CEL', 'FAH', 'KEL', 'KMH', '', 'cel', '__proto__'), {
    nil: undefined,
  });

  it('is taken in its own kind and within its limits, or refused with a reason', () => {
    fc.assert(
      fc.property(attributeName, value, unit, (name, sent, code) => {
        const valid = validate(withAttribute(name, sent, code));
        if (!valid.ok) {
          expect(['schema-violation', 'out-of-range', 'malformed']).toContain(valid.reason);
          expect(valid.detail.length).toBeLessThan(500);
          return;
        }
        const taken = valid.observation.attributes.get(name);
        expect(typeof taken).toBe(KINDS[name]);
        if (code === undefined && typeof sent !== 'number') expect(taken).toBe(sent);
        if (name === 'taken') expect(Number.isInteger(taken) && Number(taken) >= 0 && Number(taken) <= 5000).toBe(true);
        if (name === 'temperature') expect(Number(taken) >= -40 && Number(taken) <= 85).toBe(true);
        if (name === 'status') expect(['ok', 'broken']).toContain(taken);
        if (typeof taken === 'string') expect(taken.length).toBeLessThanOrEqual(256);
      }),
      { numRuns: 1000 },
    );
  });

  it('is refused where it stands there twice, whatever it says', () => {
    fc.assert(
      fc.property(attributeName, value, value, (name, first, second) => {
        const attributes = [first, second].map((sent) => ({ name, value: sent }));
        expect(validate(draftOf({ attributes })).ok).toBe(false);
      }),
    );
  });
});
