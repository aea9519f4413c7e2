import { describe, expect, it } from 'vitest';
import { FALSE_POSITIVE_RATE_MAX } from '../../../bench/calibration.ts';
import { compareColocated } from '../../../bench/calibration/colocated.ts';
import { DATA_ABSENT, readBaselines, readMotes } from '../../../bench/calibration/data.ts';
import { detect } from '../../../bench/calibration/motes.ts';
import { comparePair } from '../../../bench/calibration/pair.ts';

const note = DATA_ABSENT === '' ? '' : ` (${DATA_ABSENT})`;

describe.skipIf(DATA_ABSENT !== '')(`on real readings${note}`, () => {
  /** The share of the disturbed readings that is found; two disturbances begin and end within what is normal. */
  it.each([
    ['1-2 temperature', 0.957],
    ['1-2 humidity', 1],
    ['4-3 temperature', 0.656],
    ['4-3 humidity', 0.937],
  ])('a disturbed mote is noticed: %s, %d of the time', { timeout: 120_000 }, (name, share) => {
    const baseline = readBaselines().find(({ pair, channel }) => `${pair.join('-')} ${channel}` === name);
    expect(baseline).toBeDefined();
    if (!baseline) return;
    const found = detect(readMotes(), baseline);
    expect(found.falsePositiveRate).toBeLessThanOrEqual(FALSE_POSITIVE_RATE_MAX);
    expect(found.truePositiveRate).toBeGreaterThanOrEqual(share - 0.001);
    expect(found.otherLeftOut).toBe(0);
  });

  it('what three sensors of fine dust come to errs no more than their mean', { timeout: 120_000 }, () => {
    const { hours, plainMean, resolved } = compareColocated('pm25');
    expect(hours).toBeGreaterThan(400);
    expect(resolved).toBeLessThanOrEqual(plainMean);
  });

  it('no spike of one of two sensors of fine dust passes for the truth', { timeout: 120_000 }, () => {
    const { spikes, spikesLeftOut, spikesDisagreeing, disagreeing } = comparePair('pm25', 50);
    expect(spikes).toBeGreaterThan(300);
    expect(spikesLeftOut + spikesDisagreeing).toBe(spikes);
    expect(spikesLeftOut).toBeGreaterThan(0.9 * spikes);
    expect(disagreeing).toBeLessThan(0.05);
  });
});
