import { printable } from '../print.ts';

/** Narrower than this a name tells nothing. */
const NAME_CHARACTERS_MIN = 12;
const GAP = '  ';

export interface Column {
  readonly head: string;
  readonly cells: readonly string[];
  /** Numbers stand with their ends below one another. */
  readonly align?: 'right';
  /** Absent: always shown. Else the column is left out where the width has no room for it, the highest first. */
  readonly rank?: number;
}

/**
 * The rows of a table no wider than `width` where that can be: optional columns go first, those without a cell at once;
 * then what stands in the first column, a name, is cut in its middle, because names differ at their ends.
 */
export function fittedTable(columns: readonly Column[], width: number): readonly string[] {
  const fitting = fit(
    columns.filter(({ rank, cells }) => rank === undefined || cells.some((cell) => cell !== '')),
    width,
  );
  const [name, ...others] = fitting.map((column) => ({
    ...column,
    texts: [column.head, ...column.cells].map(printable),
  }));
  if (!name) return [];
  const room = width - widthOf(others) - GAP.length;
  const nameWidth = Math.max(NAME_CHARACTERS_MIN, Math.min(room, cellWidth(name)));
  const texts = name.texts.map((text) => cutInTheMiddle(text, nameWidth));
  const all = [{ ...name, texts }, ...others];
  return texts.map((_, row) =>
    all
      .map((column) => padded(column, row))
      .join(GAP)
      .trimEnd(),
  );
}

interface Printed extends Column {
  readonly texts: readonly string[];
}

function fit(columns: readonly Column[], width: number): readonly Column[] {
  const optional = columns.filter(({ rank }) => rank !== undefined);
  if (widthOf(columns) <= width || optional.length === 0) return columns;
  const last = optional.reduce((a, b) => ((b.rank ?? 0) > (a.rank ?? 0) ? b : a));
  return fit(
    columns.filter((column) => column !== last),
    width,
  );
}

function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + cellWidth(column) + GAP.length, -GAP.length);
}

function cellWidth({ head, cells }: Column): number {
  return Math.max(...[head, ...cells].map((cell) => printable(cell).length));
}

function padded({ align, texts, ...column }: Printed, row: number): string {
  const width = Math.max(...texts.map((text) => text.length), Math.min(column.head.length, 1));
  const text = texts[row] ?? '';
  return align === 'right' ? text.padStart(width) : text.padEnd(width);
}

/** Names differ at their ends. */
export function cutInTheMiddle(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const head = Math.ceil((characters - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (characters - 1 - head))}`;
}
