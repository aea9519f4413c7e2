import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JSON_DEPTH_MAX, parseJson } from '../../../core/codec/json.ts';
import { character } from './arbitraries.ts';

const SUITE = new URL('../../../../shared/data/bad-input/JSONTestSuite/test_parsing/', import.meta.url);
const absent = existsSync(SUITE) ? '' : ' (skipped: ../shared/data/bad-input is not there)';
const files = absent ? [] : readdirSync(SUITE);

/** JSON by its grammar, but not I-JSON (RFC 7493, section 2.3): what it means depends on who reads it. */
const DUPLICATE_NAMES = new Set(['y_object_duplicated_key.json', 'y_object_duplicated_key_and_value.json']);

function outcome(file: string): string {
  const parsed = parseJson(readFileSync(new URL(encodeURIComponent(file), SUITE)));
  return parsed.ok ? 'parses' : `${parsed.reason}: ${parsed.detail}`;
}

describe.skipIf(absent !== '')(`parseJson on JSONTestSuite${absent}`, () => {
  it.each(files.filter((file) => file.startsWith('y_') && !DUPLICATE_NAMES.has(file)))('reads %s', (file) => {
    expect(outcome(file)).toBe('parses');
  });

  it.each([...DUPLICATE_NAMES])('refuses %s for its names, not for its grammar', (file) => {
    expect(outcome(file)).toBe('malformed: an object gives one name twice');
  });

  it.each(files.filter((file) => file.startsWith('n_')))('refuses %s', (file) => {
    expect(outcome(file)).toMatch(/^malformed: (not JSON|the bytes are not UTF-8)/);
  });

  it.each(files.filter((file) => file.startsWith('i_')))('reads or refuses %s, and does not throw', (file) => {
    expect(outcome(file)).toMatch(/^parses$|^malformed: /);
  });
});

describe('parseJson', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

  it.each<[string, Uint8Array | string, string]>([
    ['no bytes', '', 'not JSON'],
    ['white space', ' \n', 'not JSON'],
    ['a byte-order mark', '\uFEFF{}', 'not JSON'],
    ['UTF-16', Buffer.from('{}', 'utf16le'), 'not JSON'],
    ['Latin-1', Buffer.from('{"a":"é"}', 'latin1'), 'the bytes are not UTF-8'],
    ['a byte that UTF-8 never has', Uint8Array.of(0x22, 0xff, 0x22), 'the bytes are not UTF-8'],
    ['an overlong slash', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), 'the bytes are not UTF-8'],
    ['a surrogate in UTF-8', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), 'the bytes are not UTF-8'],
    ['a character cut in half', Uint8Array.of(0x22, 0xe2, 0x82), 'the bytes are not UTF-8'],
    ['an envelope of Avro', Uint8Array.of(0xc3, 0x01, 1, 2, 3, 4, 5, 6, 7, 8), 'the bytes are not UTF-8'],
    ['NaN', '{"a":NaN}', 'not JSON'],
    ['Infinity', '{"a":Infinity}', 'not JSON'],
    ['-Infinity', '{"a":-Infinity}', 'not JSON'],
    ['a comment', '{"a":1}//', 'not JSON'],
    ['a trailing comma', '{"a":1,}', 'not JSON'],
    ['single quotes', "{'a':1}", 'not JSON'],
    ['a leading zero', '{"a":01}', 'not JSON'],
    ['hexadecimal', '{"a":0x1}', 'not JSON'],
    ['two values', '{}{}', 'not JSON'],
    ['cut short', '{"a":', 'not JSON'],
    ['a control character in a text', '{"a":"\u0001"}', 'not JSON'],
    ['1e400', '{"a":1e400}', 'a number lies beyond what a double holds'],
    ['-1e400 in a list', '[[-1e400]]', 'a number lies beyond what a double holds'],
    ['a high surrogate alone', String.raw`{"a":"\ud800"}`, 'a text holds half a surrogate pair'],
    ['a low surrogate alone', String.raw`{"a":"\udc00"}`, 'a text holds half a surrogate pair'],
    ['a surrogate alone in a name', String.raw`{"\ud800":1}`, 'a name holds half a surrogate pair'],
    ['a name twice', '{"a":1,"a":1}', 'an object gives one name twice'],
    ['a name twice, once escaped', String.raw`{"a":1,"\u0061":2}`, 'an object gives one name twice'],
    ['a name twice, further in', '[{"b":{"a":1,"c":2,"a":3}}]', 'an object gives one name twice'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}', 'an object gives one name twice'],
    ['lists too deep', nested(JSON_DEPTH_MAX + 1), `nested deeper than ${JSON_DEPTH_MAX} levels`],
    ['a bomb of lists', nested(60_000), `nested deeper than ${JSON_DEPTH_MAX} levels`],
    ['a bomb of objects', '{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000), `nested deeper than ${JSON_DEPTH_MAX}`],
  ])('refuses %s', (_what, bytes, detail) => {
    const parsed = parseJson(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    expect(parsed).toMatchObject({ ok: false, reason: 'malformed', detail: expect.stringContaining(detail) });
  });

  it.each([
    ['lists as deep as they may be', nested(JSON_DEPTH_MAX)],
    ['one name in two objects', '[{"a":1},{"a":{"a":2}}]'],
    ['colons and quotes within texts', String.raw`{"a:":"\":\\","\\\"b:":":{\"x\":1}"}`],
    ['a surrogate pair', String.raw`"\ud83d\ude00"`],
    ['the smallest number', '5e-324'],
    ['what underflows to zero', '1e-400'],
  ])('reads %s', (_what, text) => {
    expect(parseJson(Buffer.from(text))).toEqual({ ok: true, value: JSON.parse(text) as unknown });
  });

  it('reads whatever JSON.stringify writes of I-JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3, stringUnit: character }), (json) => {
        const text = JSON.stringify(json);
        expect(parseJson(Buffer.from(text))).toEqual({ ok: true, value: JSON.parse(text) as unknown });
      }),
    );
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void parseJson(bytes)));
  });
});
