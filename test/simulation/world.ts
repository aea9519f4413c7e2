import type { Chance } from './chance.ts';
import type { Faults } from './faults.ts';
import type { Scheduler } from './scheduler.ts';

/** What every part of a run shares. */
export interface World {
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly faults: Faults;
  /** Notes what happens, for whoever must understand a failure. The line is made only where somebody listens. */
  readonly trace: (line: () => string) => void;
  /** A promise that was broken, and what it was about. */
  readonly violated: (promise: string, detail: string) => void;
}
