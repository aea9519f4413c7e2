import { describe, expect, it } from 'vitest';
import { isName, isSource, isThingName } from '../../../core/schema/names.ts';
import { show } from '../../../core/schema/show.ts';

describe('isName', () => {
  it.each(['a', 'lotA-17', 'urn:ngsi-ld:x', 'a_b.c', '0', 'a'.repeat(64)])('takes %j', (name) => {
    expect(isName(name)).toBe(true);
  });

  it.each(['', 'a'.repeat(65), 'a b', 'a/b', '+', '#', 'ä', 'a\n', 'a%20b', '__proto__'])('refuses %j', (name) => {
    expect(isName(name)).toBe(false);
  });
});

describe('isThingName', () => {
  it.each(['gate-1', 'a:b', 'viewer', 'claims-1', 'my-viewer-1', 'operator-1'])('takes %j', (name) => {
    expect(isThingName(name)).toBe(true);
  });

  it.each(['a.b', 'viewer-1', 'claim-', 'a/b', '', 'operator'])('refuses %j', (name) => {
    expect(isThingName(name)).toBe(false);
  });
});

describe('isSource', () => {
  it.each(['gate', 'gateway-1/loop', 'parking-sensor/lotA-17'])('takes %j', (source) => {
    expect(isSource(source)).toBe(true);
  });

  it.each(['', '/', 'a/', '/a', 'a/b/c', 'a b/c'])('refuses %j', (source) => {
    expect(isSource(source)).toBe(false);
  });
});

describe('show', () => {
  it.each<[unknown, string]>([
    [undefined, 'nothing'],
    [null, 'null'],
    ['a\nb', '"a\\nb"'],
    [12n, '12'],
    [Number.NaN, 'NaN'],
    [{ a: [1] }, '{"a":[1]}'],
  ])('shows %o as %s', (value, shown) => {
    expect(show(value)).toBe(shown);
  });

  it('cuts what is longer than 80 characters', () => {
    expect(show('x'.repeat(78))).toBe(`"${'x'.repeat(78)}"`);
    expect(show('x'.repeat(79))).toBe(`"${'x'.repeat(79)}…`);
  });
});
