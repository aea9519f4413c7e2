import type { InvokeResult } from '../lambda/invocation.ts';
import type { Assembly, ResourceDeclaration, Stack } from './assembly.ts';
import { createCustomResource, isCustomResource, type CustomResourceState } from './custom-resource.ts';
import { dependenciesOf, orderResources } from './dependencies.ts';
import { resolve, resolveMembers } from './intrinsics.ts';
import { isPassive, synthesize } from './passive.ts';
import type { CreatedResource, ResourceProvider, TemplateResource } from './resource-provider.ts';
import { createStackState, type StackState } from './stack-state.ts';

/** Custom resources by `Stack/LogicalId`, kept between runs. */
export type CustomResourceStates = Readonly<Record<string, CustomResourceState>>;

export interface ProvisionOptions {
  readonly assembly: Assembly;
  readonly providers: readonly ResourceProvider[];
  readonly customResources: CustomResourceStates;
  readonly invoke: (functionArn: string, event: unknown) => Promise<InvokeResult>;
}

/** Stack name → output → value, the format of `cdk deploy --outputs-file`. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Provisioned {
  readonly outputs: Outputs;
  readonly customResources: CustomResourceStates;
  /** How many resources providers and functions have made or taken up. */
  readonly created: number;
  /** Resources that nothing here runs, such as `AWS::X::Y (Stack/LogicalId)`. */
  readonly unknown: readonly string[];
}

interface Run {
  readonly options: ProvisionOptions;
  readonly providers: ReadonlyMap<string, ResourceProvider>;
  readonly exports: Map<string, unknown>;
  readonly outputs: Record<string, Record<string, string>>;
  readonly customResources: Record<string, CustomResourceState>;
  readonly unknown: string[];
  created: number;
}

/**
 * Brings the stacks to life one after the other, as CloudFormation would, and within a stack every resource as soon as
 * those that it names are there. Throws with the stack and the logical id of the resource that cannot be made.
 */
export async function provision(options: ProvisionOptions): Promise<Provisioned> {
  const run: Run = {
    options,
    providers: new Map(options.providers.map((provider) => [provider.type, provider])),
    exports: new Map(),
    outputs: {},
    customResources: {},
    unknown: [],
    created: 0,
  };
  for (const stack of options.assembly.stacks) {
    const state = createStackState(stack, run.exports);
    await createResources(run, stack, state);
    resolveOutputs(run, stack, state);
  }
  const { outputs, customResources, created, unknown } = run;
  return { outputs, customResources, created, unknown: unknown.sort() };
}

async function createResources(run: Run, stack: Stack, state: StackState): Promise<void> {
  const wanted = orderResources(stack).flatMap((logicalId) => {
    const declaration = stack.template.Resources[logicalId];
    return declaration && state.isWanted(declaration, `${stack.name}/${logicalId}`) ? [{ logicalId, declaration }] : [];
  });
  const creations = new Map<string, Promise<void>>();
  for (const { logicalId, declaration } of wanted) {
    const dependencies = [...dependenciesOf(declaration)].flatMap((name) => creations.get(name) ?? []);
    const creation = Promise.all(dependencies).then(() => createResource(run, stack, state, logicalId, declaration));
    creations.set(logicalId, creation);
  }
  // Nothing may still be under way when the first failure is reported: what it uses is about to be closed.
  const failed = (await Promise.allSettled(creations.values())).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') {
    throw failed.reason;
  }
}

async function createResource(
  run: Run,
  stack: Stack,
  state: StackState,
  logicalId: string,
  declaration: ResourceDeclaration,
): Promise<void> {
  const place = `${stack.name}/${logicalId}`;
  const resource: TemplateResource = {
    stackName: stack.name,
    logicalId,
    type: declaration.Type,
    properties: resolveMembers(declaration.Properties ?? {}, state.scope, `${place}.Properties`),
    metadata: declaration.Metadata ?? {},
    assemblyDirectory: run.options.assembly.directory,
  };
  const created = await bringToLife(run, resource, state.id);
  if (created === 'not-run') {
    run.unknown.push(`${resource.type} (${place})`);
    state.addNotRun(logicalId, synthesize(resource));
  } else {
    state.add(logicalId, created);
    run.created += isPassive(resource.type) ? 0 : 1;
  }
}

async function bringToLife(
  run: Run,
  resource: TemplateResource,
  stackId: string,
): Promise<CreatedResource | 'not-run'> {
  const place = `${resource.stackName}/${resource.logicalId}`;
  const provider = run.providers.get(resource.type);
  if (provider !== undefined) {
    return provider.create(resource).catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(why.includes(resource.logicalId) ? why : `${place} (${resource.type}): ${why}`, { cause });
    });
  }
  if (isCustomResource(resource.type)) {
    const previous = run.options.customResources[place];
    const created = await createCustomResource({ resource, stackId, previous, invoke: run.options.invoke });
    run.customResources[place] = { properties: resource.properties, created };
    return created;
  }
  return isPassive(resource.type) ? synthesize(resource) : 'not-run';
}

function resolveOutputs(run: Run, stack: Stack, state: StackState): void {
  const outputs: Record<string, string> = {};
  for (const [name, output] of Object.entries(stack.template.Outputs ?? {})) {
    const path = `${stack.name}/Outputs.${name}`;
    if (!state.isWanted(output, path)) {
      continue;
    }
    const value = resolve(output.Value, state.scope, `${path}.Value`);
    outputs[name] = typeof value === 'string' ? value : JSON.stringify(value);
    if (output.Export !== undefined) {
      run.exports.set(String(resolve(output.Export.Name, state.scope, `${path}.Export.Name`)), value);
    }
  }
  if (Object.keys(outputs).length > 0) {
    run.outputs[stack.name] = outputs;
  }
}
