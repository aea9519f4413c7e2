import { describe, expect, it } from 'vitest';
import { validateCityConfig } from '../../core/schema/validate-config.ts';
import { runCampaign } from './campaign.ts';
import { createChance } from './chance.ts';
import { drawCity, withOtherPolicies } from './city/config.ts';
import { readableFailure } from './failure.ts';
import { runSeed } from './run.ts';

const SEEDS = 500;
const WORKERS = 2;
const TIMEOUT_MS = 600_000;

describe('the simulated city', () => {
  it(`keeps every promise in ${SEEDS} runs`, { timeout: TIMEOUT_MS }, async () => {
    const { runs, broken, readings, seedsPerSecond } = await runCampaign({ first: 1, seeds: SEEDS, workers: WORKERS });
    console.log(
      `${runs} seeds, ${readings} readings, ${seedsPerSecond.toFixed(1)} seeds a second on ${WORKERS} threads`,
    );
    expect(runs).toBe(SEEDS);
    const [first] = broken;
    expect.soft(broken.map(({ seed }) => seed)).toEqual([]);
    if (first) expect.fail(await readableFailure(first.seed));
  });

  it('has a configuration that synthesis accepts, before and after its redeployment', () => {
    const city = drawCity(createChance(1));
    expect(validateCityConfig(city)).toEqual(city);
    expect(validateCityConfig(withOtherPolicies(city))).toBeDefined();
  });

  it('runs the same way again for the same seed, and another way for another', async () => {
    const [first, again, other] = [await runSeed(7), await runSeed(7), await runSeed(8)];
    expect(again).toEqual(first);
    expect(other.digest).not.toBe(first.digest);
  });
});
