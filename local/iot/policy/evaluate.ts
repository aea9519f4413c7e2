import type { Condition, PolicyDocument, Statement } from './document.ts';

/** Policy variable, such as `iot:Connection.Thing.Attributes[zone]` → its value for one connection. */
export type PolicyVariables = ReadonlyMap<string, string>;

export interface AccessRequest {
  /** Such as `iot:Publish`. */
  readonly action: string;
  /** An ARN, such as `arn:aws:iot:us-east-1:000000000000:topic/a/b`. */
  readonly resource: string;
  readonly variables: PolicyVariables;
}

/**
 * Whether the policies together allow it: some statement must, and none may deny it ("Policy evaluation logic" in the
 * IAM user guide, which AWS IoT Core policies follow).
 */
export function isAllowed(policies: readonly PolicyDocument[], request: AccessRequest): boolean {
  const matching = policies.flat().filter((statement) => isAbout(statement, request));
  return matching.some(({ effect }) => effect === 'Allow') && !matching.some(({ effect }) => effect === 'Deny');
}

function isAbout(statement: Statement, { action, resource, variables }: AccessRequest): boolean {
  return (
    statement.actions.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase(), NO_VARIABLES)) &&
    statement.conditions.every((condition) => holds(condition, variables)) &&
    statement.resources.every((pattern) => isResolved(pattern, variables)) &&
    statement.resources.some((pattern) => matches(pattern, resource, variables))
  );
}

/** A variable that cannot be resolved may make its whole statement invalid, so here it does ("reference_policies_variables"). */
function isResolved(pattern: string, variables: PolicyVariables): boolean {
  return [...pattern.matchAll(TOKEN)].every(
    ([, variable]) => variable === undefined || ESCAPED.has(variable) || variables.has(variable),
  );
}

const NO_VARIABLES: PolicyVariables = new Map();

/** A condition on a variable that the connection has not is false. */
function holds({ operator, variable, values }: Condition, variables: PolicyVariables): boolean {
  const actual = variables.get(variable);
  return actual !== undefined && values.some((value) => isEqual(operator, value, actual));
}

function isEqual(operator: Condition['operator'], expected: string, actual: string): boolean {
  return operator === 'Bool' ? expected.toLowerCase() === actual.toLowerCase() : expected === actual;
}

/** `${name}`, the wildcards, or a run of characters that stand for themselves. */
const TOKEN = /\$\{([^}]*)\}|[*?]|[^$*?]+|\$/g;

/** `${*}`, `${?}` and `${$}` stand for the characters themselves. */
const ESCAPED = new Set(['*', '?', '$']);

/**
 * `*` stands for any characters, `/` among them, and `?` for any one; `+` and `#` stand for themselves ("Using wildcard
 * characters in MQTT and AWS IoT Core policies", https://docs.aws.amazon.com/iot/latest/developerguide/pub-sub-policy.html).
 * What a variable stands for is taken literally; a variable without a value matches nothing.
 */
function matches(pattern: string, text: string, variables: PolicyVariables): boolean {
  let source = '';
  for (const [token, variable] of pattern.matchAll(TOKEN)) {
    if (variable === undefined) {
      source += WILDCARDS[token] ?? escapePattern(token);
      continue;
    }
    const value = ESCAPED.has(variable) ? variable : variables.get(variable);
    if (value === undefined) {
      return false;
    }
    source += escapePattern(value);
  }
  return new RegExp(`^${source}$`, 's').test(text);
}

const WILDCARDS: Readonly<Record<string, string>> = { '*': '.*', '?': '.' };

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
