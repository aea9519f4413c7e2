import type { Baseline, MoteReading } from './data.ts';
import { type Instant, replay } from './replay.ts';

/** Shares of the readings, disturbed and not, of the first of two motes that stand side by side. */
export interface Detection {
  readonly readings: number;
  /** Of the disturbed: the value says that the two disagree, or leaves one out. */
  readonly truePositiveRate: number;
  /** The same of the others. */
  readonly falsePositiveRate: number;
  /** Of the disturbed: which of the two is left out. */
  readonly disturbedLeftOut: number;
  readonly otherLeftOut: number;
  readonly curve: readonly CurvePoint[];
}

/** What an alarm at so many standard deviations would have scored. */
interface CurvePoint {
  readonly sigmas: number;
  readonly truePositiveRate: number;
  readonly falsePositiveRate: number;
}

const CURVE_SIGMAS = [1, 1.5, 2, 2.25, 2.5, 2.75, 3, 3.5, 4, 5];

/** The labels only score: nothing that is resolved has seen them. */
export function detect(
  motes: ReadonlyMap<number, readonly MoteReading[]>,
  { pair, channel }: Pick<Baseline, 'pair' | 'channel'>,
): Detection {
  const [disturbed, other] = pair;
  const attribute = channel === 'humidity' ? 'relativeHumidity' : 'temperature';
  const readings = pair.map((mote) => {
    const ofMote = motes.get(mote) ?? [];
    return [
      String(mote),
      ofMote.map((reading) => ({ observedAtMs: reading.observedAtMs, value: reading[channel] })),
    ] as const;
  });
  const labels = new Map((motes.get(disturbed) ?? []).map((reading) => [reading.observedAtMs, reading.disturbed]));

  const positive: Instant[] = [];
  const negative: Instant[] = [];
  for (const instant of replay(attribute, new Map(readings))) {
    const bothAreNew =
      instant.votes.size === 2 && [...instant.votes.values()].every((vote) => vote.observedAtMs === instant.atMs);
    if (bothAreNew) (labels.get(instant.atMs) ? positive : negative).push(instant);
  }
  const leavesOut = (mote: number) => (instant: Instant) => instant.verdict.leftOut.has(String(mote));
  return {
    readings: positive.length + negative.length,
    truePositiveRate: share(positive, isAlarm),
    falsePositiveRate: share(negative, isAlarm),
    disturbedLeftOut: share(positive, leavesOut(disturbed)),
    otherLeftOut: share(positive, leavesOut(other)),
    curve: CURVE_SIGMAS.map((sigmas) => ({
      sigmas,
      truePositiveRate: share(positive, (instant) => sigmasApart(instant) > sigmas),
      falsePositiveRate: share(negative, (instant) => sigmasApart(instant) > sigmas),
    })),
  };
}

function isAlarm({ verdict }: Instant): boolean {
  return verdict.disagreeing === true || verdict.leftOut.size > 0;
}

function sigmasApart({ verdict }: Instant): number {
  const [a, b] = [...(verdict.distances?.values() ?? [])];
  return a && b ? Math.abs(a.distance - b.distance) / Math.hypot(a.sigma, b.sigma) : 0;
}

function share(instants: readonly Instant[], has: (instant: Instant) => boolean): number {
  return instants.filter(has).length / instants.length;
}
