import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // A machine with two cores that runs a whole cloud beside the test answers late, not wrongly.
    expect: { poll: { timeout: 10_000 } },
  },
});
