const SHOWN_CHARACTERS_MAX = 80;

/** A value as it stands in a message: JSON on one line, cut short, for what came from outside may be long. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  // JSON has no bigint, and writes an infinity as null.
  const text = typeof value === 'bigint' || typeof value === 'number' ? String(value) : JSON.stringify(value);
  const line = text.replaceAll(/\s+/g, ' ').toWellFormed();
  return line.length > SHOWN_CHARACTERS_MAX ? `${line.slice(0, SHOWN_CHARACTERS_MAX).toWellFormed()}…` : line;
}
