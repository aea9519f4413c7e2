import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { type Account, isNamed } from '../account.ts';
import { type Finding, findings } from '../finding.ts';
import type { Plan } from '../plan.ts';

const { ok, fail } = findings('bootstrap');

/** The parameter that `cdk bootstrap` leaves, and that every stack of ours reads before it deploys. */
export async function checkBootstrap({ ssm, accountId, region }: Account, { bootstrap }: Plan): Promise<Finding[]> {
  const todo = `npx cdk bootstrap aws://${accountId}/${region}`;
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: bootstrap.parameter }));
    const version = Number(Parameter?.Value);
    if (version >= bootstrap.version) return [ok(`version ${version}, ${bootstrap.version} is needed`)];
    return [fail(`version ${Parameter?.Value}, ${bootstrap.version} is needed`, todo)];
  } catch (error) {
    if (!isNamed(error, 'ParameterNotFound')) throw error;
    return [fail(`${region} has not been bootstrapped for CDK`, todo)];
  }
}
