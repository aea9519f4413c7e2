import type { Kind, Load } from '../../../bin/cost/load.ts';

/** One device that sends readings of 200 bytes one by one, everything else at nought or its least. */
export const kind: Kind = {
  devices: 1,
  assets: 1,
  readingsPerMinute: 60,
  readingBytes: 200,
  readingsPerMessage: 1,
  basicIngestShare: 0,
  criticalShare: 0,
  refusedShare: 0,
};

export function loadOf(kinds: Readonly<Record<string, Kind>>, changes: Partial<Load> = {}): Load {
  return {
    name: 'test',
    zones: 1,
    kinds,
    streams: { mode: 'on-demand', retentionHours: 24, shardsMin: 1 },
    history: { memoryHours: 24, magneticDays: 365 },
    apiRequestsPerSecond: 0,
    recovery: false,
    ...changes,
  };
}
