import { HTTPException } from 'hono/http-exception';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  durationParameter,
  limitParameter,
  nameParameter,
  oneOfParameter,
  sourceParameter,
  timeParameter,
} from '../../../lambdas/api/parameters.ts';
import { problem } from '../../../lambdas/api/problem.ts';

/** The problem document that a refused parameter becomes. */
async function problemOf(read: () => unknown): Promise<Record<string, unknown>> {
  try {
    read();
  } catch (error) {
    if (!(error instanceof HTTPException)) throw error;
    const answer = error.getResponse();
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    return (await answer.json()) as Record<string, unknown>;
  }
  throw new Error('nothing was refused');
}

describe('a time', () => {
  it.each([
    ['2026-11-21T08:00:00Z', 1_795_248_000_000],
    ['2026-11-21T09:00:00.250+01:00', 1_795_248_000_250],
    ['2026-11-21', 1_795_219_200_000],
    ['0', 0],
    ['9999999999999', 9_999_999_999_999],
    [undefined, 7],
  ])('%s is read', (text, ms) => {
    expect(timeParameter('from', text, 7)).toBe(ms);
  });

  // Kept readings sort by 13 digits: a 14th would sort before them all.
  it.each([
    '10000000000000',
    '2286-11-20T17:46:40Z',
    '1969-12-31T23:59:59Z',
    '-1',
    '',
    'now',
    '2026-11-21T08:00:00',
    '1e3',
  ])('"%s" is refused', async (text) => {
    expect(await problemOf(() => timeParameter('from', text, 7))).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail:
        `from: got "${text}", expected ISO 8601 such as 2026-11-21T08:00:00Z, ` +
        'or epoch milliseconds of 13 digits at most',
    });
  });
});

describe('a duration', () => {
  it.each([
    ['30s', 30_000],
    ['15m', 900_000],
    ['1h', 3_600_000],
    ['999999d', 86_399_913_600_000],
    [undefined, undefined],
  ])('%s is read', (text, ms) => {
    expect(durationParameter('bin', text)).toBe(ms);
  });

  it.each(['0s', '1000000d', '1.5h', '-1m', '15', 'm', ''])('"%s" is refused', async (text) => {
    expect((await problemOf(() => durationParameter('bin', text)))['detail']).toMatch(`bin: got "${text}", expected`);
  });
});

describe('a limit', () => {
  it('is between one and its most', () => {
    const bounds = { fallback: 50, max: 100 };
    expect(['1', '100', undefined].map((text) => limitParameter(text, bounds))).toEqual([1, 100, 50]);
  });

  it.each(['0', '101', '', '1.5', '1e1', 'many'])('of "%s" is refused', async (text) => {
    const { detail } = await problemOf(() => limitParameter(text, { fallback: 50, max: 100 }));
    expect(detail).toBe(`limit: got "${text}", expected a whole number from 1 to 100`);
  });
});

describe('a name', () => {
  it.each(['lotA-17', 'a', 'x'.repeat(64), 'A:b_c.d'])('%s is taken', (name) => {
    expect(nameParameter('assetId', name)).toBe(name);
  });

  it.each(['', 'x'.repeat(65), 'a/b', 'ä', '__proto__', 'a b'])('"%s" is refused', async (name) => {
    const { detail } = await problemOf(() => nameParameter('assetId', name));
    expect(detail).toBe(`assetId: got "${name}", expected a name of 1 to 64 characters out of A-Z a-z 0-9 : _ . -`);
  });

  it('of a source may have two parts', async () => {
    expect(['camera', 'gateway/camera', undefined].map((text) => sourceParameter('source', text))).toEqual([
      'camera',
      'gateway/camera',
      undefined,
    ]);
    for (const text of ['a/b/c', '', "x' OR 1=1"]) {
      expect((await problemOf(() => sourceParameter('source', text)))['status']).toBe(400);
    }
  });
});

describe('one of several', () => {
  it('is taken as it is written, and no other', async () => {
    expect(oneOfParameter('zone', 'centre', ['centre', 'eastside'])).toBe('centre');
    expect(oneOfParameter('zone', undefined, ['centre'])).toBeUndefined();
    const { detail } = await problemOf(() => oneOfParameter('zone', 'Centre', ['centre', 'eastside']));
    expect(detail).toBe('zone: got "Centre", expected one of centre, eastside');
  });
});

describe('any text', () => {
  it('is read or refused, and never more', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        for (const read of [
          () => timeParameter('from', text, 0),
          () => durationParameter('bin', text),
          () => limitParameter(text, { fallback: 1, max: 9 }),
          () => nameParameter('assetId', text),
          () => sourceParameter('source', text),
        ]) {
          try {
            read();
          } catch (error) {
            expect(error).toBeInstanceOf(HTTPException);
          }
        }
      }),
    );
  });
});

describe('a problem', () => {
  it.each([
    [400, 'Bad Request'],
    [404, 'Not Found'],
    [413, 'Content Too Large'],
    [501, 'Not Implemented'],
    [503, 'Service Unavailable'],
  ] as const)('of status %i is titled %s', async (status, title) => {
    expect(await problem(status, 'why').getResponse().json()).toEqual({
      type: 'about:blank',
      title,
      status,
      detail: 'why',
    });
  });
});
