import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION, localArn } from '../aws.ts';
import type { Stack } from './assembly.ts';
import { NO_VALUE, resolve, type Scope } from './intrinsics.ts';
import type { CreatedResource } from './resource-provider.ts';
import { TemplateError } from './template-error.ts';

/** What is known of a stack while its resources come to life. */
export interface StackState {
  readonly scope: Scope;
  /** CloudFormation's own name for the stack. */
  readonly id: string;
  add(logicalId: string, created: CreatedResource): void;
  /** For a resource that nothing runs: any attribute of it has a value, so that what names it can still be made. */
  addNotRun(logicalId: string, standIn: CreatedResource): void;
  /** Whether the resource or output is to be made, by the condition that it names. */
  isWanted(declaration: { readonly Condition?: string }, path: string): boolean;
}

/** `exports` holds what the stacks before this one exported. */
export function createStackState({ name, template }: Stack, exports: ReadonlyMap<string, unknown>): StackState {
  const id = localArn('cloudformation', `stack/${name}/local`);
  const created = new Map<string, CreatedResource>();
  const notRun = new Set<string>();
  const conditions = new Map<string, boolean | 'evaluating'>();
  const pseudoParameters: Readonly<Record<string, unknown>> = {
    'AWS::AccountId': LOCAL_ACCOUNT,
    'AWS::NoValue': NO_VALUE,
    'AWS::NotificationARNs': [],
    'AWS::Partition': LOCAL_PARTITION,
    'AWS::Region': LOCAL_REGION,
    'AWS::StackId': id,
    'AWS::StackName': name,
    'AWS::URLSuffix': 'amazonaws.com',
  };

  const evaluateCondition = (condition: string): boolean | undefined => {
    const known = conditions.get(condition);
    const expression = template.Conditions?.[condition];
    if (known === 'evaluating') {
      throw new TemplateError(`${name}/Conditions.${condition}: circular, it depends on itself`);
    }
    if (known !== undefined || expression === undefined) {
      return known;
    }
    conditions.set(condition, 'evaluating');
    const holds = evaluateExpression(expression, `${name}/Conditions.${condition}`);
    conditions.set(condition, holds);
    return holds;
  };

  // A condition may be no more than another one's name: `{"Condition": "IsProduction"}`.
  const evaluateExpression = (expression: unknown, path: string): boolean =>
    resolve({ 'Fn::And': [expression] }, scope, path) === true;

  const scope: Scope = {
    ref: (logicalId) =>
      pseudoParameters[logicalId] ?? created.get(logicalId)?.ref ?? template.Parameters?.[logicalId]?.Default,
    attribute(logicalId, attribute) {
      const resource = created.get(logicalId);
      const standIn = resource && notRun.has(logicalId) ? `${resource.ref}.${attribute}` : undefined;
      return resource?.attributes[attribute] ?? standIn;
    },
    importValue: (exportName) => exports.get(exportName),
    condition: evaluateCondition,
    mapping: (map, topKey, secondKey) => template.Mappings?.[map]?.[topKey]?.[secondKey],
  };

  return {
    scope,
    id,
    add: (logicalId, resource) => void created.set(logicalId, resource),
    addNotRun(logicalId, standIn) {
      created.set(logicalId, standIn);
      notRun.add(logicalId);
    },
    isWanted({ Condition: condition }, path) {
      if (condition === undefined) {
        return true;
      }
      const holds = evaluateCondition(condition);
      if (holds === undefined) {
        throw new TemplateError(`${path}: there is no condition named ${condition}`);
      }
      return holds;
    },
  };
}
