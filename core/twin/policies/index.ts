import type { PolicyName } from '../../schema/city-config.ts';
import { latest } from './latest.ts';
import { max } from './max.ts';
import { min } from './min.ts';
import type { Policy } from './policy.ts';

/** To add a policy: its file, its line here, its name in `PolicyName`. */
export const POLICIES: Readonly<Record<PolicyName, Policy>> = {
  latest,
  max,
  min,
};
