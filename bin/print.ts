export type Cell = string | number | boolean;

const GAP = '  ';
/** Wider cells are cut in tables for people; `--json` has them whole. */
const CELL_CHARACTERS_MAX = 80;

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** What a device has sent, as a terminal may show it: a control character could move its cursor or clear it. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Left-aligned columns as wide as their widest cell. */
export function printTable(head: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const lines = [head, ...rows].map((row) => row.map((cell) => printable(String(cell)).slice(0, CELL_CHARACTERS_MAX)));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  for (const line of lines) {
    const padded = line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(GAP);
    process.stdout.write(`${padded.trimEnd()}\n`);
  }
}
