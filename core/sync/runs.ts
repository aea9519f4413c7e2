/** Whole numbers, ascending, as runs that neither overlap nor touch. */
export type Runs = readonly (readonly [first: number, last: number])[];

export function withNumber(runs: Runs, added: number): Runs {
  if (runs.some(([first, last]) => first <= added && added <= last)) return runs;
  const before = runs.filter(([, last]) => last < added);
  const after = runs.filter(([first]) => first > added);
  const left = before.at(-1);
  const right = after.at(0);
  const joinsLeft = left !== undefined && left[1] === added - 1;
  const joinsRight = right !== undefined && right[0] === added + 1;
  return [
    ...(joinsLeft ? before.slice(0, -1) : before),
    [joinsLeft ? left[0] : added, joinsRight ? right[1] : added],
    ...(joinsRight ? after.slice(1) : after),
  ];
}

export function numbersFrom(runs: Runs, first: number): Runs {
  return runs.flatMap((run): Runs => (run[1] < first ? [] : [[Math.max(run[0], first), run[1]]]));
}

export function countOf(runs: Runs): number {
  return runs.reduce((count, [first, last]) => count + last - first + 1, 0);
}

/** What is missing of `first` to `last`. */
export function gapsIn(runs: Runs, first: number, last: number): Runs {
  const gaps: (readonly [number, number])[] = [];
  let next = first;
  for (const [from, to] of numbersFrom(runs, first)) {
    if (from > next) gaps.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= last) gaps.push([next, last]);
  return gaps;
}
