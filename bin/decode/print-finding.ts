import { printable } from '../print.ts';
import { readableValue } from '../readable.ts';
import { type Facts, type Fault, type Field, type Finding, FORMATS, type Item } from './finding.ts';

const INDENT = '  ';
/** A message may hold a thousand readings; `--json` has them all. */
const ITEMS_MAX = 50;

/** The lines that a person reads. */
export function linesOf(finding: Finding): readonly string[] {
  const { format, bytes, facts, items, alternatives = [], fault, payload } = finding;
  const also = alternatives.map((each) => FORMATS[each]).join(' or ');
  const hidden = items.length - ITEMS_MAX;
  return [
    `${FORMATS[format]}, ${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`,
    ...factLines(facts),
    ...(also ? [`${INDENT}these bytes could also be a ${also}: --topic tells which`] : []),
    ...(fault ? [`${INDENT}${faultLine(fault)}`] : []),
    ...items.slice(0, ITEMS_MAX).flatMap(itemLines),
    ...(hidden > 0 ? [`and ${hidden} more; --json has them all`] : []),
    ...(payload ? ['it carries:', ...linesOf(payload).map((line) => `${INDENT}${line}`)] : []),
  ];
}

/** `malformed at byte 37: …` */
function faultLine({ reason, detail, offset }: Fault): string {
  return `${reason}${offset === undefined ? '' : ` at byte ${offset}`}: ${printable(detail)}`;
}

function itemLines({ title, facts, fields, fault }: Item): readonly string[] {
  return [
    printable(title),
    ...factLines(facts),
    ...fieldLines(fields),
    ...(fault ? [`${INDENT}would be refused: ${faultLine(fault)}`] : []),
  ];
}

function factLines(facts: Facts): readonly string[] {
  return aligned(Object.entries(facts).map(([name, value]) => [name, printable(String(value))]));
}

function fieldLines(fields: readonly Field[]): readonly string[] {
  return aligned(fields.map(({ name, value, unit }) => [`= ${printable(name)}`, readableValue(value, unit)]));
}

function aligned(rows: readonly (readonly [name: string, value: string])[]): readonly string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${INDENT}${name.padEnd(width)}  ${value}`);
}
