import { InvalidArgumentError } from 'commander';

const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** An option's span, such as `90s`, `10m`, `2h` or `1d`, in milliseconds. Throws what commander says in one line. */
export function durationOption(text: string): number {
  const [, digits, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(digits) * UNITS_MS[unit as keyof typeof UNITS_MS];
  if (ms > 0) return ms;
  throw new InvalidArgumentError('Expected a duration such as 90s, 10m, 2h or 1d.');
}
