import { changeRetention } from './retention-period.ts';

/** Records older than the new period go at once, a segment at a time. */
export const decreaseStreamRetentionPeriod = changeRetention(
  (hours, currentHours) => hours <= currentHours,
  'use IncreaseStreamRetentionPeriod to prolong it',
);
