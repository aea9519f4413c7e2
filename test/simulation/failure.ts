import { runSeed } from './run.ts';

/** Lines of a trace that a person reads. */
const LINES_MAX = 40;
/** Names that a broken promise may be about. */
const SUBJECT = /\b(?:trace-\d+|authority-\d+|garage|yard|bus|kiosk)\b/;

export function replayCommand(seed: number): string {
  return `npm run simulate -- --first ${seed} --seeds 1 --trace`;
}

/** What a broken run has to say: its promises, what happened last to what the first of them is about, and how to see all. */
export async function readableFailure(seed: number): Promise<string> {
  const lines: string[] = [];
  const { violations } = await runSeed(seed, (line) => lines.push(line));
  const subject = SUBJECT.exec(violations[0] ?? '')?.[0];
  const about = subject === undefined ? lines : lines.filter((line) => line.includes(subject));
  return [
    `seed ${seed} broke ${violations.length} promises:`,
    ...violations.slice(0, 3).map((violation) => `  ${violation.slice(0, 800)}`),
    `the last that happened${subject === undefined ? '' : ` to ${subject}`}:`,
    ...about.slice(-LINES_MAX).map((line) => `  ${line.slice(0, 240)}`),
    `all of it: ${replayCommand(seed)}`,
  ].join('\n');
}
