import { describe } from 'vitest';
import { aws } from './targets/aws.ts';
import { local } from './targets/local.ts';
import { localstack } from './targets/localstack.ts';
import type { Target, TargetChoice } from './targets/target.ts';

export { type RunningCli, startCli, temporaryDirectory } from './targets/cli.ts';
export type { Target } from './targets/target.ts';

const CHOICES: readonly TargetChoice[] = [local, localstack, aws];

/** The target that CITYWEAVE_TARGET names; the local cloud without it. docs/targets.md says how they differ. */
const chosen = choose(process.env.CITYWEAVE_TARGET ?? local.name);

/** To be called before tests that `describeTarget` holds: where the target is absent they are skipped, and so is this. */
export function openTarget(): Promise<Target> {
  return chosen.open();
}

/** Tests of any target; skipped, with the reason in their name, where it is absent. */
export function describeTarget(title: string, tests: () => void): void {
  describeUnless(chosen.absence && `${chosen.name}: ${chosen.absence}`, title, tests);
}

/** Tests of what only the local cloud lets one do, such as ending it without a warning. */
export function describeLocal(title: string, tests: () => void): void {
  describeUnless(chosen === local ? undefined : `${chosen.name} has no such thing`, title, tests);
}

/** Tests that sign tokens of their own with the issuer's key, which only a local cloud gives away. */
export const hasSigningKey = chosen === local;

function describeUnless(reason: string | undefined, title: string, tests: () => void): void {
  describe.skipIf(reason !== undefined)(reason === undefined ? title : `${title} (skipped: ${reason})`, tests);
}

function choose(name: string): TargetChoice {
  const choice = CHOICES.find((each) => each.name === name);
  if (choice) return choice;
  const known = CHOICES.map((each) => each.name).join(', ');
  throw new Error(`CITYWEAVE_TARGET: got "${name}", expected one of ${known}`);
}
