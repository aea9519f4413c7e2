import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { RunbookSection } from './runbook.ts';

/** One thing that an operator must know, before it is an alarm. */
export interface AlarmPlan {
  /** Follows `cityweave-` in the alarm's name. */
  readonly id: string;
  /** What is wrong, in one sentence. */
  readonly says: string;
  readonly section: RunbookSection;
  readonly metric: IMetric;
  /** It rings when every period of a row is at or above `atLeast`, or below `below`. */
  readonly when: { readonly atLeast: number } | { readonly below: number };
  /** How many periods of the metric, in a row. */
  readonly periods: number;
  /** What silence means: that nothing is wrong, or that nothing works. */
  readonly silence: 'is-good' | 'is-bad';
}
