import type { AttributeValue } from '../observation.ts';
import type { HistoryBin } from '../ports.ts';
import type { AttributeType } from '../schema/city-config.ts';
import { POLICIES } from './policies/index.ts';
import type { Policy, ResolvedValue } from './policies/policy.ts';

/** One bin of an attribute's history over all its sources. `min`, `max` and `mean` are absent unless all are numbers. */
export interface ResolvedBin {
  readonly startMs: number;
  /** Readings, of all sources. */
  readonly count: number;
  readonly min?: number;
  readonly max?: number;
  /** Over all readings, so a source that reports more often weighs more. */
  readonly mean?: number;
  /** What the attribute's policy makes of the sources' votes. */
  readonly value: ResolvedValue;
  /** How many sources reported. */
  readonly sources: number;
}

/**
 * Applies the attribute's policy within each bin, one row a bin, in order of time. A source votes with its mean of the
 * bin under `max`, `min` and `mean-3-sigma`, where single readings would let noise decide, and else with its last one;
 * booleans and strings always vote with the last. Without a declaration the last reading of all counts.
 */
export function resolveBins(
  bins: readonly HistoryBin[],
  attributeType: AttributeType | undefined,
): readonly ResolvedBin[] {
  const byStart = Map.groupBy(bins, ({ startMs }) => startMs);
  return [...byStart]
    .sort(([a], [b]) => a - b)
    .map(([startMs, ofBin]) => resolveBin(startMs, ofBin, attributeType ?? UNDECLARED));
}

const UNDECLARED: AttributeType = {
  description: 'What no type declares (any more).',
  kind: 'string',
  policy: 'latest',
  maxAgeMs: 0,
  reporting: 'state',
};

function resolveBin(startMs: number, bins: readonly HistoryBin[], attributeType: AttributeType): ResolvedBin {
  const policy = POLICIES[attributeType.policy];
  const circumstances = { attributeType, calibration: undefined, review: undefined, unheard: false };
  const votes = bins.map((bin) => ({ source: bin.source, stamp: bin.lastStamp, value: voteOf(bin, policy) }));
  return {
    startMs,
    count: bins.reduce((sum, bin) => sum + bin.count, 0),
    ...statisticsOf(bins),
    value: policy.resolve(votes, circumstances).value,
    sources: bins.length,
  };
}

function voteOf({ mean, last }: HistoryBin, { binVote }: Policy): AttributeValue {
  return binVote === 'mean' && mean !== undefined ? mean : last;
}

function statisticsOf(bins: readonly HistoryBin[]): Pick<ResolvedBin, 'min' | 'max' | 'mean'> {
  const numeric = bins.filter(isNumeric);
  if (numeric.length < bins.length) {
    return {};
  }
  const count = numeric.reduce((sum, bin) => sum + bin.count, 0);
  return {
    min: Math.min(...numeric.map((bin) => bin.min)),
    max: Math.max(...numeric.map((bin) => bin.max)),
    mean: numeric.reduce((sum, bin) => sum + bin.mean * (bin.count / count), 0),
  };
}

function isNumeric(bin: HistoryBin): bin is HistoryBin & Required<Pick<HistoryBin, 'min' | 'max' | 'mean'>> {
  return bin.min !== undefined && bin.max !== undefined && bin.mean !== undefined;
}
