import { localArn } from '../aws.ts';
import type { ActionType, RuleAction } from './actions/action.ts';
import { refuseUnknown, requireObject, requireText } from '../cloudformation/properties.ts';
import { RULE_NAME_LENGTH_MAX } from './limits.ts';
import { compileQuery, type Query } from './sql/query.ts';
import { findFilterFault } from './topic-filter.ts';

/** "AWS IoT Core rules engine limits and quotas" in the AWS General Reference. */
export const ACTIONS_PER_RULE_MAX = 10;

/** The version whose SQL the local cloud knows. Without one, AWS takes 2015-10-08. */
const SQL_VERSION = '2016-03-23';

/** A topic rule, ready to take messages. */
export interface Rule {
  readonly name: string;
  readonly disabled: boolean;
  readonly query: Query;
  readonly actions: readonly RuleAction[];
  readonly errorAction?: RuleAction;
}

export function ruleArn(name: string): string {
  return localArn('iot', `rule/${name}`);
}

/**
 * Makes a rule of a template's `TopicRulePayload`.
 * Throws, with the rule's name and what is wrong, at anything that the local cloud does not do.
 */
export function defineRule(name: string, payload: unknown, actionTypes: readonly ActionType[]): Rule {
  try {
    if (!/^\w+$/.test(name) || name.length > RULE_NAME_LENGTH_MAX) {
      throw new Error(`the name must be 1 to ${RULE_NAME_LENGTH_MAX} letters, digits or underscores`);
    }
    return readPayload(name, payload, (action) => readAction(action, actionTypes, ruleArn(name)));
  } catch (cause) {
    throw new Error(`topic rule "${name}": ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

const PAYLOAD_PROPERTIES = ['Sql', 'AwsIotSqlVersion', 'Actions', 'ErrorAction', 'RuleDisabled', 'Description'];

type ReadAction = (value: unknown) => RuleAction;

function readPayload(name: string, value: unknown, read: ReadAction): Rule {
  const where = 'TopicRulePayload';
  const payload = requireObject(where, value);
  refuseUnknown(where, payload, PAYLOAD_PROPERTIES);
  if (payload.AwsIotSqlVersion !== SQL_VERSION) {
    throw new Error(
      `unsupported AwsIotSqlVersion ${JSON.stringify(payload.AwsIotSqlVersion)}; the local cloud knows "${SQL_VERSION}"`,
    );
  }
  const query = compileQuery(requireText(where, payload, 'Sql'));
  const fault = query.topicFilter === undefined ? undefined : findFilterFault(query.topicFilter);
  if (fault !== undefined) {
    throw new Error(`FROM '${query.topicFilter}' is no topic filter: ${fault}`);
  }
  return {
    name,
    disabled: readFlag(payload.RuleDisabled),
    query,
    actions: readActions(payload.Actions, read),
    ...(payload.ErrorAction === undefined ? {} : { errorAction: read(payload.ErrorAction) }),
  };
}

/** CloudFormation takes a boolean as text, too. */
function readFlag(value: unknown): boolean {
  return value === true || value === 'true';
}

function readActions(value: unknown, read: ReadAction): readonly RuleAction[] {
  if (!Array.isArray(value) || value.length > ACTIONS_PER_RULE_MAX) {
    throw new Error(
      `Actions must be a list of up to ${ACTIONS_PER_RULE_MAX} actions, got ${Array.isArray(value) ? value.length : typeof value}`,
    );
  }
  return value.map(read);
}

/** An action is an object with one key, which is its type. */
function readAction(value: unknown, actionTypes: readonly ActionType[], arn: string): RuleAction {
  const entries = Object.entries(requireObject('action', value));
  const [entry, ...others] = entries;
  if (entry === undefined || others.length > 0) {
    throw new Error(`an action names exactly one type, got ${entries.map(([key]) => key).join(', ') || 'none'}`);
  }
  const [key, properties] = entry;
  const type = actionTypes.find((candidate) => candidate.key === key);
  if (type === undefined) {
    const known = actionTypes.map((candidate) => candidate.key).join(', ');
    throw new Error(`unsupported action "${key}"; the local cloud knows ${known}`);
  }
  return type.create(requireObject(`${key} action`, properties), arn);
}
