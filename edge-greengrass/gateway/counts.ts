import { PRIORITIES, type Priority } from '../ports.ts';

/** What became of samples since the start. */
export interface CountsSoFar {
  readonly taken: Readonly<Record<Priority, number>>;
  readonly suspended: number;
  /** By reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Taken, but the disk did not keep them: sent while the line holds, gone where it does not. */
  readonly unkept: number;
}

export interface Counts {
  taken(priority: Priority): void;
  suspended(): void;
  refused(reason: string): void;
  unkept(): void;
  soFar(): CountsSoFar;
}

export function createCounts(): Counts {
  const taken = new Map<Priority, number>(PRIORITIES.map((each) => [each, 0]));
  const refused = new Map<string, number>();
  let suspended = 0;
  let unkept = 0;
  return {
    taken: (priority) => void taken.set(priority, (taken.get(priority) ?? 0) + 1),
    suspended: () => void (suspended += 1),
    refused: (reason) => void refused.set(reason, (refused.get(reason) ?? 0) + 1),
    unkept: () => void (unkept += 1),
    soFar: () => ({
      taken: Object.fromEntries(taken) as Record<Priority, number>,
      suspended,
      refused: Object.fromEntries(refused),
      unkept,
    }),
  };
}
