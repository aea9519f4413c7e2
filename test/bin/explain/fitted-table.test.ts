import { describe, expect, it } from 'vitest';
import { fittedTable } from '../../../bin/explain/fitted-table.ts';

const columns = [
  { head: 'source', cells: ['gateway-north/counter-of-the-gate-a', 'gateway-north/counter-of-the-gate-b'] },
  { head: 'value', cells: ['61', '5'], align: 'right' as const },
  { head: 'age', cells: ['12 s', '3 min'], rank: 1 },
  { head: 'never', cells: ['', ''], rank: 1 },
  { head: 'dot', cells: ['1795278662000004711', '1795278662000004712'], rank: 2 },
  { head: '', cells: ['in: highest', 'out: lower'] },
];
const WIDE = 2 + 35 + 5 + 2 + 5 + 2 + 19 + 2 + 11;

describe('a fitted table', () => {
  it('has all columns with a cell where there is room', () => {
    expect(fittedTable(columns, WIDE)).toEqual([
      'source                               value  age    dot',
      'gateway-north/counter-of-the-gate-a     61  12 s   1795278662000004711  in: highest',
      'gateway-north/counter-of-the-gate-b      5  3 min  1795278662000004712  out: lower',
    ]);
  });

  it('leaves out the least needed one at one character less, and its neighbour only when that must be', () => {
    const heads = (width: number) => fittedTable(columns, width)[0]?.trim().split(/ +/);
    expect(heads(WIDE - 1)).toEqual(['source', 'value', 'age']);
    expect(heads(WIDE - 21)).toEqual(['source', 'value', 'age']);
    expect(heads(WIDE - 22)).toEqual(['source', 'value']);
  });

  it('then cuts names in the middle, because they differ at their ends, and verdicts never', () => {
    expect(fittedTable(columns, 50)).toEqual([
      'source                          value',
      'gateway-north/c…-of-the-gate-a     61  in: highest',
      'gateway-north/c…-of-the-gate-b      5  out: lower',
    ]);
    expect(fittedTable(columns, 10)[1]).toBe('gatewa…ate-a     61  in: highest');
  });

  it('shows no control character of a source', () => {
    expect(fittedTable([{ head: 'source', cells: ['a\u001B[2J'] }], 80)[1]).toBe(String.raw`a\u001b[2J`);
  });
});
