import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import path from 'node:path';
import { LOCAL_ACCESS_KEY_ID, LOCAL_REGION, LOCAL_SECRET_ACCESS_KEY, localArn } from '../aws.ts';
import type { TemplateResource } from '../cloudformation/resource-provider.ts';
import { isRecord } from '../is-record.ts';

export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  /** Directory of the deployed bundle. */
  readonly taskRoot: string;
  readonly handler: string;
  readonly runtime: string;
  readonly roleArn: string;
  readonly timeoutSeconds: number;
  readonly memorySizeMb: number;
  readonly variables: Readonly<Record<string, string>>;
  /** How many invocations may run at a time; undefined without a reservation. */
  readonly reservedConcurrency: number | undefined;
}

const NAME_LENGTH_MAX = 64;
const TIMEOUT_SECONDS = { default: 3, min: 1, max: 900 };
const MEMORY_SIZE_MB = { default: 128, min: 128, max: 10_240 };

/** Properties that would change what the function does, but that nothing here obeys. */
const REFUSED_PROPERTIES = [
  'Layers',
  'ImageConfig',
  'FileSystemConfigs',
  'SnapStart',
  'DurableConfig',
  'DeadLetterConfig',
];

/**
 * Reads an `AWS::Lambda::Function` of the template.
 * Throws with the property's name when it asks for what the local cloud does not do.
 * docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
 */
export function readFunction(resource: TemplateResource): FunctionDefinition {
  const { properties, logicalId } = resource;
  const refused = REFUSED_PROPERTIES.find((property) => properties[property] !== undefined);
  if (refused !== undefined) {
    throw new Error(`function ${logicalId}: ${refused} is not supported by the local cloud`);
  }
  const runtime = String(properties.Runtime);
  if (!runtime.startsWith('nodejs')) {
    throw new Error(`function ${logicalId}: Runtime is ${runtime}; the local cloud runs nodejs functions only`);
  }
  const name = typeof properties.FunctionName === 'string' ? properties.FunctionName : generateName(resource);
  return {
    name,
    arn: localArn('lambda', `function:${name}`),
    taskRoot: findBundle(resource),
    handler: String(properties.Handler),
    runtime,
    roleArn: String(properties.Role),
    timeoutSeconds: readNumber(resource, 'Timeout', TIMEOUT_SECONDS),
    memorySizeMb: readNumber(resource, 'MemorySize', MEMORY_SIZE_MB),
    variables: readVariables(resource),
    reservedConcurrency:
      properties.ReservedConcurrentExecutions === undefined
        ? undefined
        : Number(properties.ReservedConcurrentExecutions),
  };
}

/** Like CloudFormation's own, but the same at every start: stack, logical id and a suffix. */
function generateName({ stackName, logicalId }: TemplateResource): string {
  const suffix = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex').slice(0, 12);
  const room = NAME_LENGTH_MAX - suffix.length - 1;
  return `${`${stackName}-${logicalId}`.slice(0, room)}-${suffix}`;
}

function findBundle({ metadata, assemblyDirectory, logicalId }: TemplateResource): string {
  const asset = metadata['aws:asset:path'];
  if (typeof asset !== 'string') {
    throw new Error(
      `function ${logicalId}: Code has no aws:asset:path in its metadata; the local cloud runs assets only`,
    );
  }
  const taskRoot = path.resolve(assemblyDirectory, asset);
  if (!statSync(taskRoot, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`function ${logicalId}: its bundle ${taskRoot} is not a directory; synthesize the app again`);
  }
  return taskRoot;
}

function readNumber(
  { properties, logicalId }: TemplateResource,
  property: string,
  range: { readonly default: number; readonly min: number; readonly max: number },
): number {
  const value = Number(properties[property] ?? range.default);
  if (!Number.isInteger(value) || value < range.min || value > range.max) {
    throw new Error(
      `function ${logicalId}: ${property} is ${String(properties[property])}; expected ${range.min} to ${range.max}`,
    );
  }
  return value;
}

function readVariables({ properties }: TemplateResource): Record<string, string> {
  const variables = isRecord(properties.Environment) ? properties.Environment.Variables : undefined;
  return Object.fromEntries(
    Object.entries(isRecord(variables) ? variables : {}).map(([name, value]) => [name, String(value)]),
  );
}

/**
 * The variables that a function sees: the template's and the reserved ones, nothing of the local cloud's own process.
 * docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export function environmentOf(
  definition: FunctionDefinition,
  endpoints: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    ...endpoints,
    ...definition.variables,
    _HANDLER: definition.handler,
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_EXECUTION_ENV: `AWS_Lambda_${definition.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memorySizeMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupName(definition),
    AWS_ACCESS_KEY_ID: LOCAL_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY: LOCAL_SECRET_ACCESS_KEY,
    AWS_SESSION_TOKEN: 'local',
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    LAMBDA_TASK_ROOT: definition.taskRoot,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
  };
}

export function logGroupName({ name }: FunctionDefinition): string {
  return `/aws/lambda/${name}`;
}
