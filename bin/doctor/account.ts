import { CloudControlClient } from '@aws-sdk/client-cloudcontrol';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { TimestreamWriteClient } from '@aws-sdk/client-timestream-write';
import { type Finding, findings } from './finding.ts';

/** An AWS account in one region, as the credentials of this shell see it. */
export interface Account {
  readonly accountId: string;
  readonly region: string;
  readonly cloudControl: CloudControlClient;
  readonly cloudFormation: CloudFormationClient;
  readonly quotas: ServiceQuotasClient;
  readonly ssm: SSMClient;
  readonly timestream: TimestreamWriteClient;
}

/** Nobody waits longer for a check than for the deploy that it is to spare. */
const CONNECTION_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 15_000;
const ATTEMPTS_MAX = 3;

const HOW_TO_SIGN_IN =
  'sign in with `aws sso login` and set AWS_PROFILE, or run `aws configure`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';

/** Who asks is the same everywhere. */
const ANY_REGION = 'us-east-1';

/** Region and credentials, in this order; without both there is no account to ask. */
export async function openAccount(
  asked: string | undefined,
): Promise<{ readonly account?: Account; readonly found: readonly Finding[] }> {
  const { ok, fail } = findings('region');
  const region = asked ?? (await regionOfShell());
  if (region === undefined) {
    const unset = fail('no region is set', 'give --region, set AWS_REGION, or set `region` in ~/.aws/config');
    return { found: [unset, (await signIn(ANY_REGION)).found] };
  }
  const { account, found } = await signIn(region);
  return { ...(account && { account }), found: [ok(region), found] };
}

/** The AWS CLI and CDK take AWS_DEFAULT_REGION too, the SDK does not. */
async function regionOfShell(): Promise<string | undefined> {
  try {
    return await new STSClient({}).config.region();
  } catch {
    return process.env['AWS_DEFAULT_REGION'];
  }
}

async function signIn(region: string): Promise<{ readonly account?: Account; readonly found: Finding }> {
  const { ok, fail } = findings('credentials');
  const settings = {
    region,
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
  };
  try {
    const { Account: accountId = '', Arn: arn } = await new STSClient(settings).send(new GetCallerIdentityCommand({}));
    const account = {
      accountId,
      region,
      cloudControl: new CloudControlClient(settings),
      cloudFormation: new CloudFormationClient(settings),
      quotas: new ServiceQuotasClient(settings),
      ssm: new SSMClient(settings),
      timestream: new TimestreamWriteClient(settings),
    };
    return { account, found: ok(`account ${accountId} as ${arn}`) };
  } catch (error) {
    return { found: fail(`AWS does not know who asks: ${messageOf(error)}`, HOW_TO_SIGN_IN) };
  }
}

/** One line: what AWS, or the way to it, says. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // An AggregateError of Node's network layer says nothing itself.
  const text = error.message || (error instanceof AggregateError ? messageOf(error.errors[0]) : error.name);
  return text.split('\n')[0]?.trim() ?? text;
}

export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}
