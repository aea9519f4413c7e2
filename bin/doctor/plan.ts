import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StageName } from '../../core/schema/city-config.ts';
import { readAssembly } from '../../local/cloudformation/assembly.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** What a deploy would do, from the synthesized app. */
export interface Plan {
  readonly stageName: StageName;
  readonly stackNames: readonly string[];
  readonly resources: readonly PlannedResource[];
  /** What the stacks ask of `cdk bootstrap`. */
  readonly bootstrap: { readonly parameter: string; readonly version: number };
}

/** A resource under a name that its account and region, or all of AWS, can hold once. */
export interface PlannedResource {
  readonly stackName: string;
  readonly type: string;
  /** `${AWS::AccountId}` and `${AWS::Region}` stand in it as they do in the template. */
  readonly name: string;
}

/** Where each type has its name; Cloud Control finds a resource of these types by it. */
const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::IoT::Authorizer': 'AuthorizerName',
  'AWS::IoT::ProvisioningTemplate': 'TemplateName',
  'AWS::IoT::Policy': 'PolicyName',
  'AWS::IoT::RoleAlias': 'RoleAlias',
  'AWS::IoT::ThingGroup': 'ThingGroupName',
  'AWS::IoT::ThingType': 'ThingTypeName',
  'AWS::IoT::TopicRule': 'RuleName',
  'AWS::Kinesis::Stream': 'Name',
  'AWS::KinesisFirehose::DeliveryStream': 'DeliveryStreamName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::Timestream::Database': 'DatabaseName',
};

/** The plan, or in one line why there is none: what is wrong with the configuration, say. */
export async function synthesizePlan(stageName: StageName, directory: string): Promise<Plan | string> {
  return (await synthesize(stageName, directory)) ?? readPlan(stageName, directory);
}

/** The plan of an assembly that is there. Rejects where there is none. */
export async function readPlan(stageName: StageName, directory: string): Promise<Plan> {
  const { stacks } = readAssembly(directory);
  const resources = stacks.flatMap(({ name: stackName, template }) =>
    Object.values(template.Resources).flatMap(({ Type: type, Properties = {} }) => {
      const name = nameIn(Properties[NAME_PROPERTIES[type] ?? '']);
      return name === undefined ? [] : [{ stackName, type, name }];
    }),
  );
  return { stageName, stackNames: stacks.map(({ name }) => name), resources, bootstrap: readBootstrap(directory) };
}

function nameIn(property: unknown): string | undefined {
  if (typeof property === 'string') return property;
  if (typeof property !== 'object' || property === null || !('Fn::Sub' in property)) return undefined;
  const { 'Fn::Sub': text } = property;
  return typeof text === 'string' ? text : undefined;
}

function synthesize(stageName: StageName, directory: string): Promise<string | undefined> {
  const context = JSON.stringify({ stage: stageName });
  const env = { ...process.env, CDK_OUTDIR: directory, CDK_CONTEXT_JSON: context, CDK_VALIDATION: 'false' };
  return new Promise((resolve) => {
    execFile(process.execPath, ['bin/app.ts'], { cwd: REPOSITORY, env }, (error, stdout, stderr) => {
      resolve(error ? (stderr || stdout).trim().split('\n').at(-1) || error.message : undefined);
    });
  });
}

interface Manifest {
  readonly artifacts: Readonly<Record<string, { readonly properties?: StackProperties }>>;
}

interface StackProperties {
  readonly requiresBootstrapStackVersion?: number;
  readonly bootstrapStackVersionSsmParameter?: string;
}

function readBootstrap(directory: string): Plan['bootstrap'] {
  const { artifacts }: Manifest = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'));
  const properties = Object.values(artifacts).flatMap((artifact) => artifact.properties ?? []);
  return {
    parameter: properties.flatMap((each) => each.bootstrapStackVersionSsmParameter ?? []).at(0) ?? '',
    version: Math.max(0, ...properties.map((each) => each.requiresBootstrapStackVersion ?? 0)),
  };
}
