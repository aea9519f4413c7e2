import type { VersionedJson } from '../../core/delta/view.ts';
import type { AttributeJson } from '../../core/twin/twin-json.ts';
import { printable } from '../print.ts';

const SECOND_MS = 1000;
const UNITS = [
  ['d', 24 * 60 * 60 * SECOND_MS],
  ['h', 60 * 60 * SECOND_MS],
  ['min', 60 * SECOND_MS],
] as const;

/** One row an attribute: asset, attribute, value, age, quality, flags. */
export function rowsOf({ assetId, attributes }: VersionedJson, nowMs: number): string[][] {
  return Object.entries(attributes).map(([name, attribute]) => [
    assetId,
    name,
    valueOf(attribute),
    ageOf(nowMs - Date.parse(attribute.observedAt)),
    attribute.quality,
    attribute.flags.join(' '),
  ]);
}

/** What differs from what was shown before, a line an attribute; one line where the asset has left the view. */
export function linesOf(
  assetId: string,
  before: VersionedJson | undefined,
  after: VersionedJson | undefined,
): readonly string[] {
  if (!after) return before ? [`${assetId}  has left`] : [];
  return Object.entries(after.attributes).flatMap(([name, attribute]) => {
    const line = textOf(assetId, name, attribute);
    const known = before?.attributes[name];
    return known && textOf(assetId, name, known) === line ? [] : [line];
  });
}

function textOf(assetId: string, name: string, attribute: AttributeJson): string {
  const { observedAt, quality, flags } = attribute;
  return [observedAt, assetId, name, valueOf(attribute), quality, ...flags].join('  ');
}

function valueOf({ value, unit = '' }: AttributeJson): string {
  const text = typeof value === 'object' ? value.join(', ') : String(value);
  return printable(`${text} ${unit === 'C62' ? '' : unit}`.trimEnd());
}

/** Coarse, as people say it; what is from the future has no age. */
export function ageOf(ageMs: number): string {
  const [unit, unitMs] = UNITS.find(([, each]) => ageMs >= 2 * each) ?? ['s', SECOND_MS];
  return `${Math.max(0, Math.floor(ageMs / unitMs))} ${unit}`;
}
