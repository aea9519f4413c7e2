import type { Cell } from '../print.ts';
import type { Rebuilt } from './rebuild.ts';

/** A rebuild as JSON says it. */
export function rebuiltJson({ checkpoint, logFromMs, gap, ...rebuilt }: Rebuilt) {
  const { objects, objectsResumed, observations, tailObservations, unreadable, seconds } = rebuilt;
  return {
    checkpoint: checkpoint && { beganAt: isoOf(checkpoint.beganAtMs), twins: checkpoint.twins },
    logFrom: logFromMs === null ? null : isoOf(logFromMs),
    objects,
    objectsResumed,
    observations,
    tailObservations,
    unreadable,
    gap: gap && { from: isoOf(gap.fromMs), to: isoOf(gap.toMs) },
    seconds,
  };
}

/** A rebuild as rows of what and how much. */
export function rebuiltRows(rebuilt: Rebuilt): (readonly [string, Cell])[] {
  const { checkpoint, logFromMs, objects, objectsResumed, observations, tailObservations, seconds } = rebuilt;
  return [
    ['from', checkpoint ? `the checkpoint of ${isoOf(checkpoint.beganAtMs)}, ${checkpoint.twins} twins` : 'empty'],
    ['and the log since', logFromMs === null ? 'never' : isoOf(logFromMs)],
    ['objects of the archive', objects],
    ...(objectsResumed > 0 ? [['joined before, with parts of the checkpoint', objectsResumed] as const] : []),
    ['observations', observations],
    ['of these from the stream', tailObservations],
    ['observations a second', Math.round(observations / seconds)],
  ];
}

/** What the twins lack, or may lack, a line each; none where nothing is amiss. */
export function shortcomings({ unreadable, gap }: Rebuilt): string[] {
  const lines = unreadable.map(({ key, detail }) => `${key} cannot be read to its end: ${detail}`);
  if (gap === null) return lines;
  const [from, to] = [isoOf(gap.fromMs), isoOf(gap.toMs)];
  return [
    ...lines,
    `whatever came from ${from} to ${to} lacks: the stream has forgotten it, and the archive has nothing`,
  ];
}

export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
