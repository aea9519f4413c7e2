/** Every decoder, on bad days; `npm run fuzz` has many more of them. */
import { describe, expect, it } from 'vitest';
import {
  CASE_ALLOCATED_BYTES_MAX,
  newTally,
  payloadOf,
  runCase,
  systematicCases,
  type Tally,
  type Target,
} from './campaign.ts';
import { TARGETS } from './targets.ts';

/** Over all targets. */
const CASES = 20_000;
const SEED = 0x5eed;
/** Of a machine that does much else besides; each of these takes some tenths of a second. */
const PATIENCE = { timeout: 180_000 };

function told(tally: Tally): readonly object[] {
  return tally.failures.map(({ index, complaint, hex }) => ({ index, complaint, hex }));
}

describe.each(TARGETS)('$name', (target) => {
  it('takes its good payloads', () => {
    const tally = newTally(target);
    for (const seed of target.seeds) runCase(target, seed, -1, tally);
    expect(told(tally)).toEqual([]);
  });

  it('gives values or a reason wherever a payload is cut', PATIENCE, () => {
    const tally = newTally(target);
    for (const bytes of systematicCases(target, 'cuts')) runCase(target, bytes, -1, tally);
    expect(told(tally)).toEqual([]);
  });

  it(`gives values or a reason whatever is drawn, in time and space; ${CASES} cases over all`, PATIENCE, () => {
    const tally = newTally(target);
    for (let index = 0; index < CASES / TARGETS.length; index += 1) {
      runCase(target, payloadOf(target, SEED, index), index, tally);
    }
    expect(told(tally)).toEqual([]);
  });
});

describe('a campaign', () => {
  const target = (judge: Target['judge']): Target => ({ name: 'made up', seeds: [new Uint8Array(8)], judge });

  function complaintOf(judge: Target['judge']): string | undefined {
    const tally = newTally(target(judge));
    runCase(target(judge), new Uint8Array(8), 0, tally);
    return tally.failures[0]?.complaint;
  }

  it('finds what throws, what hangs and what swells', PATIENCE, () => {
    const kept: Uint8Array[] = [];
    expect(complaintOf(() => undefined)).toBeUndefined();
    expect(
      complaintOf(() => {
        throw new RangeError('too far');
      }),
    ).toMatch(/^threw RangeError: too far/);
    expect(
      complaintOf(() => {
        const startUs = process.threadCpuUsage().user;
        while (process.threadCpuUsage().user - startUs < 100_000);
        return undefined;
      }),
    ).toMatch(/^took \d{3}\.\d ms/);
    expect(
      complaintOf(() => {
        kept.push(new Uint8Array(CASE_ALLOCATED_BYTES_MAX + 1));
        return undefined;
      }),
    ).toMatch(/bytes$/);
  });

  it('draws the same payload of the same seed again, and another of another', () => {
    const [one] = TARGETS;
    const drawn = (seed: number) => Array.from({ length: 50 }, (_, index) => one && payloadOf(one, seed, index));
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  });
});
