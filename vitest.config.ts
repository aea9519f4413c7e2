import { defineConfig } from 'vitest/config';

const ACCEPTANCE = 'test/acceptance/**/*.test.ts';
const TEMPLATES = 'test/lib/**/*.test.ts';

export default defineConfig({
  test: {
    globalSetup: ['test/setup/run-directory.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // A machine with two cores that runs a whole cloud beside the test answers late, not wrongly.
    expect: { poll: { timeout: 10_000 } },
    // They run in the order of their names. The longest first, so that nobody waits for the last of them alone.
    projects: [
      { extends: true, test: { name: 'acceptance', include: [ACCEPTANCE] } },
      { extends: true, test: { name: 'parts', include: ['test/**/*.test.ts'], exclude: [ACCEPTANCE, TEMPLATES] } },
      // Of one module graph, which takes longer to load than most of these tests to run, and which none of them changes.
      { extends: true, test: { name: 'templates', include: [TEMPLATES], isolate: false } },
    ],
  },
});
