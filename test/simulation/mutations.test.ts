import { describe, expect, it } from 'vitest';
import { runCampaign } from './campaign.ts';
import { MUTATIONS } from './mutations.ts';

const SEEDS_MAX = 500;
const TIMEOUT_MS = 600_000;

describe('the simulator', () => {
  it.for(MUTATIONS)('finds within 500 seeds: $name', { timeout: TIMEOUT_MS }, async (mutation) => {
    const { broken } = await runCampaign({ first: 1, seeds: SEEDS_MAX, workers: 1, mutation, untilBroken: true });
    const [caught] = broken;
    expect(caught, `nobody noticed that ${mutation.name}`).toBeDefined();
    console.log(`${mutation.name}: seed ${caught?.seed}: ${caught?.violations[0]?.slice(0, 120)}`);
  });
});
