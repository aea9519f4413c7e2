import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CityConfig, StageName } from '../../core/schema/city-config.ts';
import { readCityConfig } from '../city-config.ts';
import { type Account, messageOf, openAccount } from './account.ts';
import { checkBootstrap } from './checks/bootstrap.ts';
import { checkHistory } from './checks/history.ts';
import { checkNames } from './checks/names.ts';
import { checkQuotas } from './checks/quotas.ts';
import { checkStacks } from './checks/stacks.ts';
import { type Finding, findings } from './finding.ts';
import { type Plan, readPlan, synthesizePlan } from './plan.ts';

export interface DoctorOptions {
  readonly stageName: StageName;
  readonly region: string | undefined;
  /** Of `cdk synth` for that stage; without one, the app is synthesized. */
  readonly assembly: string | undefined;
  readonly progress: (line: string) => void;
}

interface Subject {
  readonly account: Account | undefined;
  readonly plan: Plan | undefined;
  readonly city: CityConfig | undefined;
  readonly stageName: StageName;
}

/** What each check needs to be asked at all; what it lacks another check has said. */
const CHECKS: Readonly<Record<string, (subject: Subject) => Promise<Finding[]> | string>> = {
  bootstrap: ({ account, plan }) => withBoth(account, plan, checkBootstrap),
  stacks: ({ account, plan }) => withBoth(account, plan, checkStacks),
  names: ({ account, plan }) => withBoth(account, plan, checkNames),
  history: ({ account, city }) => withBoth(account, city, checkHistory),
  quotas: ({ account, city, stageName }) =>
    withBoth(account, city, (asked, config) => checkQuotas(asked, config, stageName)),
};

/** Every check, whatever the others found. */
export async function examine({ stageName, region, assembly, progress }: DoctorOptions): Promise<readonly Finding[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'cityweave-doctor-'));
  try {
    progress(`${assembly === undefined ? 'synthesizing' : 'reading'} the template, asking AWS who you are`);
    const [city, plan, { account, found }] = await Promise.all([
      readCityConfig().catch(messageOf),
      // In a process of its own, so that AWS answers meanwhile.
      assembly === undefined ? synthesizePlan(stageName, scratch) : readPlan(stageName, assembly).catch(messageOf),
      openAccount(region),
    ]);
    progress('asking AWS about the account');
    const subject = { account, plan: known(plan), city: known(city), stageName };
    const results = await Promise.all(
      Object.entries(CHECKS).map(([name, check]) => guarded(name, () => check(subject))),
    );
    return [configFinding(city), planFinding(plan), ...found, ...results.flat()];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function known<Value>(value: Value | string): Value | undefined {
  return typeof value === 'string' ? undefined : value;
}

function configFinding(city: CityConfig | string): Finding {
  const { ok, fail } = findings('configuration');
  if (typeof city === 'string') return fail(city, 'mend cityweave.config.ts');
  return ok(`cityweave.config.ts holds, ${city.city}`);
}

function planFinding(plan: Plan | string): Finding {
  const { ok, fail } = findings('template');
  if (typeof plan === 'string') return fail(plan, 'npx cdk synth shows all of it');
  return ok(`${plan.stackNames.length} stacks of stage ${plan.stageName}, ${plan.resources.length} names`);
}

/** A check that cannot be made says so, and why, and leaves the others alone. */
async function guarded(name: string, check: () => Promise<Finding[]> | string): Promise<Finding[]> {
  const { warn } = findings(name);
  try {
    const result = await check();
    if (typeof result === 'string')
      return [warn(`not checked: ${result}`, 'mend what failed above, then run doctor again')];
    return result;
  } catch (error) {
    return [
      warn(
        `not checked: ${messageOf(error)}`,
        'allow these credentials to read it, or look yourself before the deploy',
      ),
    ];
  }
}

function withBoth<Other>(
  account: Account | undefined,
  other: Other | undefined,
  check: (account: Account, other: Other) => Promise<Finding[]>,
): Promise<Finding[]> | string {
  if (account === undefined) return 'there is no account to ask';
  return other === undefined ? 'there is nothing to check it against' : check(account, other);
}
