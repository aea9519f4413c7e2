import type { PolicyName } from '../../schema/city-config.ts';
import { latest } from './latest.ts';
import { manualReview } from './manual-review.ts';
import { max } from './max.ts';
import { mean3Sigma } from './mean-3-sigma.ts';
import { min } from './min.ts';
import type { Policy } from './policy.ts';
import { union } from './union.ts';

/** To add a policy: its file, its line here, its name in `POLICY_NAMES`. */
export const POLICIES: Readonly<Record<PolicyName, Policy>> = {
  latest,
  'manual-review': manualReview,
  max,
  'mean-3-sigma': mean3Sigma,
  min,
  union,
};
