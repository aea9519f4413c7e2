import { InvalidArgumentError } from 'commander';
import { parseIso } from '../core/codec/observed-at.ts';

/** An option's instant in epoch milliseconds. Throws what commander says in one line. */
export function timeOption(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const time = parseIso(text);
  if (time.ok) return time.ms;
  throw new InvalidArgumentError('Expected ISO 8601, such as 2026-11-21T08:00:00Z, or epoch milliseconds.');
}

/** An option's whole number, at least `min`. */
export function countOption(min: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (Number.isSafeInteger(count) && count >= min) return count;
    throw new InvalidArgumentError(`Expected a whole number from ${min}.`);
  };
}
