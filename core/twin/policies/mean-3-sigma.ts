import type { AttributeType } from '../../schema/city-config.ts';
import type { Calibration } from '../evidence.ts';
import { compareText } from '../sorted.ts';
import type { Policy, Verdict, Vote } from './policy.ts';

/** How many standard deviations of their difference apart two sources may lie and still measure the same. */
const SIGMAS = 3;

/** What a source says without its bias, and how well it can be known to say it. */
interface Estimate {
  readonly source: string;
  readonly value: number;
  readonly sigma: number;
  /** How far the source lies from what it usually reads, in its own spread, squared; absent without a history. */
  readonly departure?: number;
}

/**
 * The mean of what several instruments measure, without those that lie further off than their errors explain: these
 * need calibration. Bias and sigma come from the record, because the votes of one instant cannot tell: of n values none
 * lies further than (n − 1)/√n of their own standard deviations from their mean. Without a record the declared accuracy
 * stands in. Where neither a majority nor history says who is right, all count and the verdict says that they disagree.
 */
export const mean3Sigma: Policy = {
  name: 'mean-3-sigma',
  binVote: 'mean',
  resolve(votes, { attributeType, calibration }) {
    const estimates = votes.map((vote) => estimateOf(vote, attributeType, calibration));
    estimates.sort((a, b) => a.value - b.value || compareText(a.source, b.source));
    return verdictOf(estimates, majorityOf(estimates) ?? keepersOf(estimates), attributeType);
  },
};

function estimateOf({ source, value }: Vote, { accuracy = 0 }: AttributeType, calibration?: Calibration): Estimate {
  const { bias = 0, sigma = accuracy, usual } = calibration?.sources.get(source) ?? {};
  const departure = usual && ((Number(value) - usual.level) / usual.spread) ** 2;
  return { source, value: Number(value) - bias, sigma, ...(departure !== undefined && { departure }) };
}

/** Those that agree with the one in the thick of them, if they are more than half of all. */
function majorityOf(estimates: readonly Estimate[]): readonly Estimate[] | undefined {
  if (estimates.length === 1) return estimates;
  const centre = nearestTo(commonPointOf(estimates), estimates);
  const group = estimates.filter((estimate) => agree(estimate, centre));
  return group.length * 2 > estimates.length ? group : undefined;
}

function agree(a: Estimate, b: Estimate | undefined): boolean {
  return b !== undefined && Math.abs(a.value - b.value) <= SIGMAS * Math.hypot(a.sigma, b.sigma);
}

function nearestTo(point: number, estimates: readonly Estimate[]): Estimate | undefined {
  const distance = ({ value }: Estimate) => Math.abs(value - point);
  return estimates.reduce((a, b) => (distance(b) < distance(a) ? b : a));
}

/**
 * A point that the most intervals have in common, by which NTP tells truechimers from falsetickers (Marzullo 1984; RFC
 * 5905, 11.2.1); of several, that nearest the median. Intervals are such that two of one sigma meet while they agree.
 */
function commonPointOf(estimates: readonly Estimate[]): number {
  const median = estimates[(estimates.length - 1) >> 1]?.value ?? 0;
  const reach = ({ sigma }: Estimate) => SIGMAS * Math.SQRT1_2 * sigma;
  const begins = estimates.map((estimate) => estimate.value - reach(estimate)).sort((a, b) => a - b);
  const ends = estimates.map((estimate) => estimate.value + reach(estimate)).sort((a, b) => a - b);
  let [common, best, ended] = [median, 0, 0];
  for (const [begun, begin] of begins.entries()) {
    while (begin > (ends[ended] ?? Infinity)) ended += 1;
    const open = begun + 1 - ended;
    // From here to the next end, at least, this many are open.
    const point = Math.min(Math.max(median, begin), ends[ended] ?? begin);
    const isNearer = Math.abs(point - median) < Math.abs(common - median);
    if (open > best || (open === best && isNearer)) [common, best] = [point, open];
  }
  return common;
}

/**
 * Without a majority, those that still read what they usually do, where every other has departed from it by three
 * standard deviations more: if one of two is at fault, the other shows what the truth did meanwhile, and the truth is
 * likelier to have gone the shorter way.
 */
function keepersOf(estimates: readonly Estimate[]): readonly Estimate[] | undefined {
  const shortest = estimates.reduce((least, { departure = Number.NaN }) => Math.min(least, departure), Infinity);
  if (!(shortest <= SIGMAS ** 2)) return undefined;
  const keepers = estimates.filter(({ departure = 0 }) => departure < shortest + SIGMAS ** 2);
  const middle = keepers[(keepers.length - 1) >> 1];
  return keepers.every((keeper) => agree(keeper, middle)) ? keepers : undefined;
}

function verdictOf(
  estimates: readonly Estimate[],
  trusted: readonly Estimate[] | undefined,
  attributeType: AttributeType,
): Verdict {
  const makers = trusted ?? estimates;
  const leftOut = makers.length === estimates.length ? [] : estimates.filter((each) => !makers.includes(each));
  const mean = meanOf(makers, attributeType);
  return {
    value: mean,
    counted: makers.map(({ source }) => source).sort(),
    leftOut: new Map(leftOut.map(({ source }) => [source, 'calibrate'])),
    disagreeing: trusted === undefined,
    flags: leftOut.length > 0 ? ['calibrate'] : [],
    distances: new Map(estimates.map(({ source, value, sigma }) => [source, { distance: value - mean, sigma }])),
  };
}

/**
 * Every source weighs the same. Weights by 1/σ² were measured against a reference analyser and err more: sensors of
 * one make err together, so that the one that agrees best with the others is not the best. Summed by size and in shares,
 * so that the sum is the same everywhere and finite, and brought back into what rounding and bias may have left.
 */
function meanOf(estimates: readonly Estimate[], { range, integer }: AttributeType): number {
  const values = estimates.map(({ value }) => value);
  const [least = 0, greatest = least] = [values[0], values.at(-1)];
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const between = Math.min(Math.max(mean, least), greatest);
  const allowed = range ? Math.min(Math.max(between, range[0]), range[1]) : between;
  // Adding 0 makes −0 the one zero.
  return (integer ? Math.round(allowed) : allowed) + 0;
}
