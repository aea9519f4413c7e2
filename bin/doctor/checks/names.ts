import { GetResourceCommand } from '@aws-sdk/client-cloudcontrol';
import { type Account, isNamed, messageOf } from '../account.ts';
import { type Finding, findings } from '../finding.ts';
import type { Plan, PlannedResource } from '../plan.ts';
import { ownedResources } from './stacks.ts';

const { ok, warn, fail } = findings('names');

const HOW_TO_FREE = 'import it into the stack or delete it: docs/runbook.md#a-name-is-taken';
const HOW_TO_ALLOW = 'allow cloudformation:GetResource and reading that type, or look yourself before the deploy';

/**
 * Names that the deploy wants and that exist outside of our stacks: CloudFormation would find out one by one, half-way,
 * and roll back. What a deleted `prod` retained is of this kind.
 */
export async function checkNames(account: Account, plan: Plan): Promise<Finding[]> {
  const owned = await ownedResources(account, plan);
  const { accountId, region } = account;
  const wanted = plan.resources
    .map((resource) => ({
      ...resource,
      name: resource.name.replaceAll('${AWS::AccountId}', accountId).replaceAll('${AWS::Region}', region),
    }))
    .filter(({ type, name }) => !owned.has(`${type} ${name}`));
  const perStack = Map.groupBy(wanted, ({ stackName }) => stackName);
  const found = await Promise.all([...perStack.values()].map((resources) => findTaken(account, resources)));
  if (found.flat().length > 0) return found.flat();
  return [ok(`${wanted.length} new names are free, ${owned.size} resources are there in our stacks`)];
}

/** One after the other, because Cloud Control takes few requests a second. */
async function findTaken({ cloudControl }: Account, resources: readonly PlannedResource[]): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const { type, name, stackName } of resources) {
    try {
      await cloudControl.send(new GetResourceCommand({ TypeName: type, Identifier: name }));
      found.push(fail(`${type} ${name} exists, but not in ${stackName}`, HOW_TO_FREE));
    } catch (error) {
      if (isNamed(error, 'ResourceNotFoundException')) continue;
      found.push(warn(`${type} ${name}: not checked: ${messageOf(error)}`, HOW_TO_ALLOW));
    }
  }
  return found;
}
