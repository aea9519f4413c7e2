import { describe, expect, it } from 'vitest';
import { parseJson, stringifyJson } from '../../../local/timestream/json.ts';

describe('JSON of 64-bit integers', () => {
  it.each([
    ['{"Version":9223372036854775807}', { Version: 9_223_372_036_854_775_807n }],
    ['[9007199254740993]', [9_007_199_254_740_993n]],
    ['{"Version": -9007199254740993}', { Version: -9_007_199_254_740_993n }],
    ['{"Version":9007199254740991}', { Version: 9_007_199_254_740_991 }],
    ['{"Time":"1795248000000000001","Version":3}', { Time: '1795248000000000001', Version: 3 }],
    ['{"Value":12345678901234567.5}', { Value: 12_345_678_901_234_568 }],
  ])('%s keeps its digits', (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  it('is written with all of them', () => {
    expect(stringifyJson({ ExistingVersion: 9_223_372_036_854_775_807n, Reason: 'x' })).toBe(
      '{"ExistingVersion":9223372036854775807,"Reason":"x"}',
    );
  });

  it('throws for what is no JSON', () => {
    expect(() => parseJson('{')).toThrow(SyntaxError);
    expect(() => parseJson('[1234567890123456')).toThrow(SyntaxError);
  });
});
