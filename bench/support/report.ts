import type { Spread } from './statistics.ts';

type Cell = string | number | boolean;

/** Figures of one kind: rows with the same columns. */
export interface Table {
  readonly title: string;
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  /** What the figures should have shown and did not; of ratios and bytes only, because speeds are the machine's. */
  readonly unmet?: string;
}

/** One benchmark: gives its tables, and tells of its progress meanwhile. */
export type Benchmark = (options: BenchmarkOptions, progress: Progress) => Promise<readonly Table[]>;

export type Progress = (line: string) => void;

export interface BenchmarkOptions {
  /** How often what has a spread is measured. */
  readonly runs: number;
  /** How long the whole path is under load. */
  readonly seconds: number;
  /** Readings a second that are offered to the whole path, or as many as it acknowledges. */
  readonly rate: number | 'max';
  /** What the spool holds when it is opened. */
  readonly spoolMegabytes: number;
  /** Where the local cloud writes CPU profiles, one a thread; nowhere if absent. */
  readonly profileDirectory?: string;
}

/** The columns of a figure that was measured several times. */
export function spreadCells({ min, median, max }: Spread, digits = 0): Readonly<Record<keyof Spread, number>> {
  return { min: rounded(min, digits), median: rounded(median, digits), max: rounded(max, digits) };
}

export function rounded(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}

/** For people: columns as wide as their widest cell, numbers flush right. */
export function printTable({ title, rows, unmet }: Table): void {
  const names = Object.keys(rows[0] ?? {});
  const lines = rows.length === 0 ? [] : [names, ...rows.map((row) => names.map((name) => textOf(row[name] ?? '')))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const isNumeric = names.map((name) => rows.every((row) => typeof row[name] === 'number'));
  process.stdout.write(`\n${title}\n`);
  for (const line of lines) {
    const cells = line.map((cell, column) => {
      const width = widths[column] ?? 0;
      return isNumeric[column] ? cell.padStart(width) : cell.padEnd(width);
    });
    process.stdout.write(`  ${cells.join('  ').trimEnd()}\n`);
  }
  if (unmet !== undefined) process.stdout.write(`  NOT MET: ${unmet}\n`);
}

function textOf(cell: Cell): string {
  return typeof cell === 'number' ? cell.toLocaleString('en', { maximumFractionDigits: 3 }) : String(cell);
}
