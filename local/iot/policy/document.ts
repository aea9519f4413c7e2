import { isRecord } from '../../is-record.ts';

/** An AWS IoT Core policy, as far as the local cloud evaluates it. */
export type PolicyDocument = readonly Statement[];

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** Such as `iot:Publish` or `iot:*`. */
  readonly actions: readonly string[];
  /** ARNs with wildcards and policy variables. */
  readonly resources: readonly string[];
  readonly conditions: readonly Condition[];
}

/** True where the variable has one of the values; a statement needs all of its conditions. */
export interface Condition {
  readonly operator: ConditionOperator;
  readonly variable: string;
  readonly values: readonly string[];
}

const CONDITION_OPERATORS = ['Bool', 'StringEquals'] as const;
type ConditionOperator = (typeof CONDITION_OPERATORS)[number];

/** The length of a policy document in characters without white space ("AWS IoT Core device management" quotas). */
export const POLICY_CHARACTERS_MAX = 2048;

/**
 * Reads a document, as an object or as JSON text. Throws with what it got where the document is too long, malformed or
 * asks for what the local cloud does not evaluate: to ignore a part of a policy would be to allow what it forbids.
 */
export function readPolicy(source: unknown): PolicyDocument {
  const document: unknown = typeof source === 'string' ? JSON.parse(source) : source;
  if (!isRecord(document) || document.Version !== '2012-10-17') {
    throw new Error('a policy document is an object with Version "2012-10-17"');
  }
  const characters = JSON.stringify(document).length;
  if (characters > POLICY_CHARACTERS_MAX) {
    throw new Error(`a policy document has ${characters} characters; the limit is ${POLICY_CHARACTERS_MAX}`);
  }
  return listOf(document.Statement).map(readStatement);
}

const STATEMENT_KEYS = ['Sid', 'Effect', 'Action', 'Resource', 'Condition'];

function readStatement(source: unknown): Statement {
  if (!isRecord(source)) {
    throw new Error(`a statement must be an object, got ${JSON.stringify(source)}`);
  }
  const unknown = Object.keys(source).find((key) => !STATEMENT_KEYS.includes(key));
  if (unknown !== undefined) {
    throw new Error(`unsupported ${unknown} in a statement; the local cloud knows ${STATEMENT_KEYS.join(', ')}`);
  }
  const { Effect: effect } = source;
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw new Error(`Effect must be Allow or Deny, got ${JSON.stringify(effect)}`);
  }
  return {
    effect,
    actions: readTexts('Action', source.Action),
    resources: readTexts('Resource', source.Resource),
    conditions: readConditions(source.Condition),
  };
}

function readConditions(source: unknown): readonly Condition[] {
  if (source === undefined) {
    return [];
  }
  if (!isRecord(source)) {
    throw new Error(`Condition must be an object, got ${JSON.stringify(source)}`);
  }
  return Object.entries(source).flatMap(([name, variables]) => {
    const operator = CONDITION_OPERATORS.find((known) => known === name);
    if (operator === undefined || !isRecord(variables)) {
      throw new Error(`unsupported condition ${name}; the local cloud knows ${CONDITION_OPERATORS.join(', ')}`);
    }
    return Object.entries(variables).map(([variable, values]) => ({
      operator,
      variable,
      values: readTexts(variable, listOf(values).map(String)),
    }));
  });
}

function readTexts(what: string, source: unknown): readonly string[] {
  const texts = listOf(source).filter((text) => typeof text === 'string' && text !== '');
  if (texts.length === 0 || texts.length !== listOf(source).length) {
    throw new Error(`${what} must be a text or a list of texts, got ${JSON.stringify(source)}`);
  }
  return texts.map(String);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
