import { describe, expect, it } from 'vitest';
import { DISORDER_MAX_MS, judgeCounter, type WindowEntry, windowEntry } from '../../../core/attestation/window.ts';
import { EIGHT_O_CLOCK_MS } from '../codec/factories.ts';

const LIVE = { isSpooled: false };
const SPOOLED = { isSpooled: true };

/** A hash that says of which statement it is. */
function hashOf(counter: number): Uint8Array {
  return new Uint8Array(32).fill(counter);
}

/** The statement of a counter, observed so many seconds after eight. */
function entryOf(counter: number, seconds = counter): WindowEntry {
  const before = counter === 1 ? new Uint8Array(32) : hashOf(counter - 1);
  return windowEntry(BigInt(counter), EIGHT_O_CLOCK_MS + seconds * 1000, hashOf(counter), before);
}

function windowWith(...entries: readonly WindowEntry[]): ReadonlyMap<bigint, WindowEntry> {
  return new Map(entries.map((entry) => [entry.counter, entry]));
}

describe('a window', () => {
  it('knows a statement that comes again', () => {
    expect(judgeCounter(entryOf(5), windowWith(entryOf(5)), LIVE)).toBe('known');
    expect(judgeCounter(entryOf(5), windowWith(entryOf(5)), SPOOLED)).toBe('known');
  });

  it('refuses another statement with a used counter', () => {
    const other = { ...entryOf(5), hash: hashOf(77).slice(0, 16) };
    expect(judgeCounter(other, windowWith(entryOf(5)), LIVE)).toMatchObject({ reason: 'replayed' });
  });

  it('takes a counter below the highest: the spool comes after what is live', () => {
    expect(judgeCounter(entryOf(5), windowWith(entryOf(4), entryOf(100)), SPOOLED)).toBe('new');
    expect(judgeCounter(entryOf(5), windowWith(entryOf(100)), LIVE)).toBe('new');
  });

  it.each([
    ['before it', entryOf(6), windowWith({ ...entryOf(5), hash: hashOf(9).slice(0, 16) })],
    ['after it', entryOf(6), windowWith({ ...entryOf(7), previousHash: hashOf(9).slice(0, 16) })],
    ['of a first one', { ...entryOf(1), previousHash: hashOf(9).slice(0, 16) }, windowWith()],
  ])('refuses a statement where the chain breaks, %s', (_where, entry, known) => {
    expect(judgeCounter(entry, known, LIVE)).toMatchObject({ reason: 'attestation-invalid' });
  });

  it('takes what has neighbours that never came', () => {
    expect(judgeCounter(entryOf(6), windowWith(entryOf(4), entryOf(8)), SPOOLED)).toBe('new');
  });
});

describe('the time of a spooled statement', () => {
  const known = windowWith(entryOf(10, 100), entryOf(20, 200));
  const slackS = DISORDER_MAX_MS / 1000;

  it.each([100 - slackS, 150, 200 + slackS])('lies between those of its neighbours: %d s', (seconds) => {
    expect(judgeCounter(entryOf(15, seconds), known, SPOOLED)).toBe('new');
  });

  it.each([100 - slackS - 0.001, 200 + slackS + 0.001, 0, 3600])('and not %d s', (seconds) => {
    expect(judgeCounter(entryOf(15, seconds), known, SPOOLED)).toMatchObject({ reason: 'attestation-invalid' });
  });

  it('has the nearest neighbours for its bounds, not the first or last', () => {
    const many = windowWith(entryOf(2, 20), entryOf(30, 300), entryOf(20, 200), entryOf(10, 100));
    expect(judgeCounter(entryOf(15, 40), many, SPOOLED)).toMatchObject({ reason: 'attestation-invalid' });
    expect(judgeCounter(entryOf(15, 260), many, SPOOLED)).toMatchObject({ reason: 'attestation-invalid' });
  });
});
