import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLocalTime } from '../../../core/codec/local-time.ts';
import { parseEpochMs, parseEpochSeconds, parseIso } from '../../../core/codec/observed-at.ts';

const EIGHT_MS = 1_795_248_000_000;

describe('parseIso', () => {
  it.each([
    ['2026-11-21T08:00:00.000Z', EIGHT_MS, false],
    ['2026-11-21T08:00:00Z', EIGHT_MS, true],
    ['2026-11-21T09:00:00.000+01:00', EIGHT_MS, false],
    ['2026-11-21T02:30:00-05:30', EIGHT_MS, true],
    ['2026-11-21T08:00:00.1Z', EIGHT_MS + 100, false],
    ['2026-11-21T08:00:00,25Z', EIGHT_MS + 250, false],
    ['2026-11-21T08:00:00.123456789Z', EIGHT_MS + 123, false],
    ['2026-11-21T08:00:00.000999Z', EIGHT_MS, false],
    ['1970-01-01T00:00:00.000Z', 0, false],
    ['2024-02-29T00:00:00.000Z', 1_709_164_800_000, false],
    ['2026-11-20T24:00:00Z', undefined, true],
  ])('%s is %d ms, coarse %s', (text, ms, coarse) => {
    const expected = ms === undefined ? { ok: false, reason: 'schema-violation' } : { ok: true, ms, coarse };
    expect(parseIso(text)).toMatchObject(expected);
  });

  it.each([
    '2026-11-21T08:00:00',
    '2026-11-21 08:00:00Z',
    '2026-11-21',
    '2026-11-21T08:00Z',
    '20261121T080000Z',
    '2026-W47-6T08:00:00Z',
    '2026-02-30T08:00:00Z',
    '2025-02-29T08:00:00Z',
    '2026-13-01T08:00:00Z',
    '2026-00-01T08:00:00Z',
    '2026-11-21T24:00:00Z',
    '2026-11-21T08:60:00Z',
    '2026-12-31T23:59:60Z',
    '2026-11-21T08:00:00+24:00',
    '2026-11-21T08:00:00+01:60',
    '2026-11-21T08:00:00+0100',
    '2026-11-21T08:00:00.Z',
    '2026-11-21T08:00:00z',
    ' 2026-11-21T08:00:00Z',
    '2026-11-21T08:00:00Z\n',
    '٢٠٢٦-11-21T08:00:00Z',
    '1795248000000',
    '',
    null,
    true,
    {},
  ])('refuses %j', (value) => {
    expect(parseIso(value)).toMatchObject({ ok: false, reason: 'schema-violation' });
  });

  it('reads what Date writes, for any time of four-digit years', () => {
    const date = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
    fc.assert(
      fc.property(date, (when) => {
        expect(parseIso(when.toISOString())).toEqual({ ok: true, ms: when.getTime(), coarse: false });
      }),
    );
  });
});

describe('parseEpochMs and parseEpochSeconds', () => {
  it('read numbers', () => {
    expect(parseEpochMs(EIGHT_MS)).toEqual({ ok: true, ms: EIGHT_MS, coarse: false });
    expect(parseEpochSeconds(1_795_248_000)).toEqual({ ok: true, ms: EIGHT_MS, coarse: true });
    expect(parseEpochSeconds(1_795_248_000.25)).toEqual({ ok: true, ms: EIGHT_MS + 250, coarse: true });
  });

  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1795248000000', null])('refuse %j ms', (value) => {
    expect(parseEpochMs(value)).toMatchObject({ ok: false, reason: 'schema-violation' });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300, '1795248000', null])('refuse %j s', (value) => {
    expect(parseEpochSeconds(value)).toMatchObject({ ok: false, reason: 'schema-violation' });
  });
});

/** Expected instants from Python's zoneinfo and the system's tzdata, not from Intl. */
describe('parseLocalTime', () => {
  it.each([
    ['2016-10-04 07:59:42', 'Europe/London', 1_475_564_382],
    ['2016-12-19T16:30:35', 'Europe/London', 1_482_165_035],
    ['2026-11-21 16:00:00', 'Asia/Singapore', 1_795_248_000],
    ['2026-07-01 00:00:00', 'Australia/Lord_Howe', 1_782_826_200],
    ['2026-01-01 00:00:00', 'Asia/Kathmandu', 1_767_204_900],
    ['2026-11-21 08:00:00', 'UTC', 1_795_248_000],
    ['1969-12-31 23:00:00', 'UTC', -3600],
    ['2011-12-31 00:00:00', 'Pacific/Apia', 1_325_239_200],
  ])('%s in %s is %d s', (text, timeZone, seconds) => {
    expect(parseLocalTime(text, timeZone)).toEqual({ ok: true, ms: seconds * 1000, coarse: true });
  });

  it('takes the hour that autumn repeats as its first occurrence', () => {
    // 2016-10-30: at 02:00 BST clocks went back to 01:00 GMT, so 01:30 came at 00:30 and at 01:30 UTC.
    const first = Date.UTC(2016, 9, 30, 0, 30);
    expect(parseLocalTime('2016-10-30 01:30:00', 'Europe/London')).toMatchObject({ ok: true, ms: first });
    expect(parseLocalTime('2016-10-30 02:00:00', 'Europe/London')).toMatchObject({
      ok: true,
      ms: Date.UTC(2016, 9, 30, 2),
    });
  });

  it('refuses the hour that spring skips, and takes its ends', () => {
    // 2016-03-27: at 01:00 GMT clocks went forward to 02:00 BST.
    for (const text of ['2016-03-27 01:00:00', '2016-03-27 01:59:59']) {
      expect(parseLocalTime(text, 'Europe/London')).toMatchObject({ ok: false, reason: 'schema-violation' });
    }
    const before = Date.UTC(2016, 2, 27, 0, 59, 59);
    expect(parseLocalTime('2016-03-27 00:59:59', 'Europe/London')).toMatchObject({ ok: true, ms: before });
    expect(parseLocalTime('2016-03-27 02:00:00', 'Europe/London')).toMatchObject({ ok: true, ms: before + 1000 });
  });

  it('refuses the day that Samoa skipped when it crossed the date line', () => {
    expect(parseLocalTime('2011-12-30 12:00:00', 'Pacific/Apia')).toMatchObject({ ok: false });
  });

  it.each(['2016-02-30 00:00:00', '2016-10-04', '2016-10-04 07:59', '2016-10-04 07:59:42Z', '', null, 1])(
    'refuses %j',
    (value) => {
      expect(parseLocalTime(value, 'Europe/London')).toMatchObject({ ok: false, reason: 'schema-violation' });
    },
  );
});
