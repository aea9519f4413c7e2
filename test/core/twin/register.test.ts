import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinRegisters } from '../../../core/twin/register.ts';
import type { Register, Sibling } from '../../../core/twin/twin.ts';
import { registers } from './arbitraries.ts';

const standing: Sibling = { value: 9, receivedAtMs: 1000, flags: ['coarse-clock'] };

describe('joinRegisters', () => {
  it('is commutative, associative and idempotent', () => {
    fc.assert(
      fc.property(registers, registers, registers, (a, b, c) => {
        expect(joinRegisters(a, b)).toEqual(joinRegisters(b, a));
        expect(joinRegisters(joinRegisters(a, b), c)).toEqual(joinRegisters(a, joinRegisters(b, c)));
        expect(joinRegisters(a, a)).toBe(a);
      }),
      { numRuns: 2000 },
    );
  });

  it('returns the very register when the other adds nothing', () => {
    fc.assert(
      fc.property(registers, registers, (a, b) => {
        const joined = joinRegisters(a, b);
        expect(joinRegisters(joined, a)).toBe(joined);
        expect(joinRegisters(joined, b)).toBe(joined);
      }),
    );
  });

  it('keeps the dots and contexts that the causal merge of dotted version vector sets keeps', () => {
    fc.assert(
      fc.property(registers, registers, (a, b) => {
        expect(causalHistoryOf(joinRegisters(a, b))).toEqual(causalMerge(causalHistoryOf(a), causalHistoryOf(b)));
      }),
      { numRuns: 2000 },
    );
  });

  it('lets a superseded dot beat the standing one', () => {
    const live: Register = new Map([['cam-1', { stamp: 5n, sibling: standing }]]);
    const seen: Register = new Map([['cam-1', { stamp: 5n }]]);
    expect(joinRegisters(live, seen)).toEqual(seen);
    expect(joinRegisters(seen, live)).toEqual(seen);
  });

  it('joins equal dots with unequal content component by component', () => {
    const one: Register = new Map([['cam-1', { stamp: 5n, sibling: standing }]]);
    const sibling: Sibling = { value: 10, receivedAtMs: 1001, flags: ['unregistered'] };
    const other: Register = new Map([['cam-1', { stamp: 5n, sibling }]]);
    // "10" comes before "9" by bytes, whatever the numbers say.
    const joined = { value: 10, receivedAtMs: 1000, flags: ['coarse-clock', 'unregistered'] };
    expect(joinRegisters(one, other)).toEqual(new Map([['cam-1', { stamp: 5n, sibling: joined }]]));
  });

  it.each([
    ['by UTF-8 bytes, not by UTF-16 code units', '\u{FF61}', '\u{1F697}'],
    ['a prefix first', 1, 10],
    ['a string, which begins with a quotation mark, before a number', '7', 1],
    ['a number before a boolean', 7, false],
  ])('takes the smaller canonical value: %s', (_, smaller, greater) => {
    const registerOf = (value: string | number | boolean): Register =>
      new Map([['cam-1', { stamp: 5n, sibling: { ...standing, value } }]]);
    expect(joinRegisters(registerOf(greater), registerOf(smaller))).toEqual(registerOf(smaller));
    expect(joinRegisters(registerOf(smaller), registerOf(greater))).toEqual(registerOf(smaller));
  });
});

interface CausalHistory {
  readonly dots: ReadonlySet<string>;
  readonly context: ReadonlyMap<string, bigint>;
}

function causalHistoryOf(register: Register): CausalHistory {
  const live = [...register].filter(([, { sibling }]) => sibling !== undefined);
  return {
    dots: new Set(live.map(([source, { stamp }]) => `${source}@${stamp}`)),
    context: new Map([...register].map(([source, { stamp }]) => [source, stamp])),
  };
}

/** (S₁ ∩ S₂) ∪ {d ∈ S₁ | d ∉ V₂} ∪ {d ∈ S₂ | d ∉ V₁}, and the pointwise maximum of V₁ and V₂. */
function causalMerge(a: CausalHistory, b: CausalHistory): CausalHistory {
  const isCovered = (dot: string, { context }: CausalHistory) => {
    const [source = '', stamp = ''] = dot.split('@');
    return BigInt(stamp) <= (context.get(source) ?? -1n);
  };
  const context = new Map(a.context);
  for (const [source, stamp] of b.context) {
    context.set(
      source,
      [stamp, context.get(source) ?? -1n].reduce((x, y) => (x > y ? x : y)),
    );
  }
  const dots = [
    ...[...a.dots].filter((dot) => b.dots.has(dot)),
    ...[...a.dots].filter((dot) => !isCovered(dot, b)),
    ...[...b.dots].filter((dot) => !isCovered(dot, a)),
  ];
  return { dots: new Set(dots), context };
}
