/** What is wrong with a configuration, or odd about it: one line each, for whoever wrote it. */

import { at } from '../../core/schema/check.ts';
import { show } from '../../core/schema/show.ts';

/** Keys and places in lists, from the outermost. */
export type KeyPath = readonly (string | number)[];

const SHOWN_CHARACTERS_MAX = 200;

export interface Finding {
  /** A configuration with an error is not used; one with warnings is. */
  readonly severity: 'error' | 'warning';
  /** Such as `edge_gateway_v3.sensors.cameras[0].fps`; empty for all of it. */
  readonly path: string;
  readonly got: string;
  readonly expected: string;
  /** How to mend it, where that is more than doing what was expected. */
  readonly remedy?: string;
  /** In the text, from 1; absent where there was no text. */
  readonly line?: number;
}

/** Where a value stands, and who is told of what is wrong with it. */
export interface Place {
  readonly keys: KeyPath;
  readonly report: (keys: KeyPath, finding: Omit<Finding, 'path' | 'line'>) => void;
}

export function within({ keys, report }: Place, key: string | number): Place {
  return { keys: [...keys, key], report };
}

/** Reports an error about a value; nothing comes of that value. */
export function refuse(place: Place, value: unknown, expected: string, remedy?: string): undefined {
  place.report(place.keys, { severity: 'error', got: described(value), expected, ...(remedy && { remedy }) });
}

export function warn(place: Place, value: unknown, expected: string, remedy?: string): void {
  place.report(place.keys, { severity: 'warning', got: described(value), expected, ...(remedy && { remedy }) });
}

export function pathOf(keys: KeyPath): string {
  return shortened(keys.reduce<string>(at, ''));
}

/** Text from outside may be of any length; enough of it to be found again. */
export function shortened(text: string): string {
  return text.length > SHOWN_CHARACTERS_MAX
    ? `${text.slice(0, SHOWN_CHARACTERS_MAX).toWellFormed()}…`
    : text.toWellFormed();
}

/** A finding as one line: `line 17: edge_gateway_v3.identity.zone: got nothing, expected a name of …`. */
export function describeFinding({ severity, path, got, expected, remedy, line }: Finding): string {
  const where = [...(line === undefined ? [] : [`line ${line}`]), path || 'configuration'].join(': ');
  return `${severity === 'warning' ? 'warning: ' : ''}${where}: got ${got}, expected ${expected}${remedy ? `; ${remedy}` : ''}`;
}

/** Lists and objects by their kind only: what is wrong with them is their kind, and they may be deep. */
function described(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return show(value);
}
