import { changeRetention } from './retention-period.ts';

export const increaseStreamRetentionPeriod = changeRetention(
  (hours, currentHours) => hours >= currentHours,
  'use DecreaseStreamRetentionPeriod to shorten it',
);
