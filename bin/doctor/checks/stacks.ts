import { DescribeStacksCommand, paginateListStackResources, type Stack } from '@aws-sdk/client-cloudformation';
import { type Account, isNamed } from '../account.ts';
import { type Finding, findings } from '../finding.ts';
import type { Plan } from '../plan.ts';

const { ok, fail } = findings('stacks');

/** CloudFormation takes no update in these, and a deploy would wait for the ones that are under way. */
const BROKEN = /^(ROLLBACK_|.*_FAILED$|.*_IN_PROGRESS$|REVIEW_)/;

/** What is deployed already: by which stage, and whether it can be updated. */
export async function checkStacks(account: Account, plan: Plan): Promise<Finding[]> {
  const deployed = await Promise.all(plan.stackNames.map((name) => describe(account, name)));
  const standing = deployed.flatMap((stack) => stack ?? []);
  if (standing.length === 0) return [ok(`none of ${plan.stackNames.length} is deployed yet`)];
  return standing.map((stack) => judge(stack, plan.stageName));
}

function judge({ StackName, StackStatus: status, Tags = [] }: Stack, stageName: string): Finding {
  const stage = Tags.find(({ Key }) => Key === 'stage')?.Value;
  if (stage !== undefined && stage !== stageName) {
    return fail(
      `${StackName} is there as stage ${stage}: names do not hold the stage, so an account and region holds one`,
      `deploy ${stageName} into another account or region, or this one as ${stage}`,
    );
  }
  if (status !== undefined && BROKEN.test(status)) {
    return fail(`${StackName} is in ${status}`, 'docs/runbook.md#roll-back says how to get it out of there');
  }
  return ok(`${StackName} is there, ${status}`);
}

/** Names of the resources in the stacks that are deployed, as `type name`. */
export async function ownedResources({ cloudFormation }: Account, { stackNames }: Plan): Promise<ReadonlySet<string>> {
  const owned = new Set<string>();
  for (const StackName of stackNames) {
    try {
      for await (const page of paginateListStackResources({ client: cloudFormation }, { StackName })) {
        for (const { ResourceType, PhysicalResourceId } of page.StackResourceSummaries ?? []) {
          owned.add(`${ResourceType} ${PhysicalResourceId}`);
        }
      }
    } catch (error) {
      if (!isMissingStack(error)) throw error;
    }
  }
  return owned;
}

async function describe({ cloudFormation }: Account, StackName: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    return Stacks?.[0];
  } catch (error) {
    if (isMissingStack(error)) return undefined;
    throw error;
  }
}

/** CloudFormation has no error of its own for it. */
function isMissingStack(error: unknown): boolean {
  return isNamed(error, 'ValidationError') && error instanceof Error && error.message.includes('does not exist');
}
