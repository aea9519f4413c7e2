import type { VersionedJson } from '../../core/delta/view.ts';
import { rowsOf } from './lines.ts';

const HEAD = ['asset', 'attribute', 'value', 'age', 'quality', 'flags'];
const WIDTHS_MAX = [28, 24, 20, 8, 10, 40];
/** ECMA-48: cursor to the upper left corner; erase to the end of the line, and of the screen. */
const HOME = '\u001B[H';
const ERASE_LINE = '\u001B[K';
const ERASE_BELOW = '\u001B[J';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** The twins that changed last, as many as fit, under a line that says how things stand. */
export function screenOf(
  status: string,
  twins: readonly VersionedJson[],
  { columns, rows }: ScreenSize,
  nowMs: number,
): string {
  const table: string[][] = [HEAD];
  for (const twin of twins) {
    if (table.length >= rows) break;
    table.push(...rowsOf(twin, nowMs));
  }
  const shown = table.slice(0, Math.max(1, rows - 2));
  const widths = HEAD.map((_, column) =>
    Math.min(WIDTHS_MAX[column] ?? 0, Math.max(...shown.map((row) => row[column]?.length ?? 0))),
  );
  const lines = shown.map((row) =>
    row.map((cell, column) => cell.slice(0, widths[column]).padEnd(widths[column] ?? 0)),
  );
  const text = [status, ...lines.map((line) => line.join('  ').trimEnd())].map((line) => line.slice(0, columns));
  return `${HOME}${text.map((line) => `${line}${ERASE_LINE}\n`).join('')}${ERASE_BELOW}`;
}
