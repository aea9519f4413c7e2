import assert from 'node:assert/strict';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Readonly<Record<string, AttributeValue>>;

export interface Placeholders {
  readonly names?: Readonly<Record<string, string>> | undefined;
  readonly values?: Readonly<Record<string, AttributeValue>> | undefined;
}

type Condition = (item: Item, placeholders: Placeholders) => boolean;
type Scalar = string | number | undefined;
type Operand = (item: Item, placeholders: Placeholders) => Scalar;

const TOKEN = /\s*(<=|>=|<>|[=<>(),]|[:#]?\w+)/g;
const compiled = new Map<string, Condition>();

/**
 * Whether a condition holds of an item, in as much of DynamoDB's expressions as is used here: comparisons, BETWEEN,
 * attribute_exists, attribute_not_exists, AND, OR, NOT and parentheses (Developer Guide, "Condition and filter
 * expressions, operators, and functions"). Throws on what it does not know, like DynamoDB on a bad expression.
 */
export function holds(expression: string, item: Item, placeholders: Placeholders): boolean {
  let condition = compiled.get(expression);
  if (!condition) {
    condition = compile(expression);
    compiled.set(expression, condition);
  }
  return condition(item, placeholders);
}

function compile(expression: string): Condition {
  const tokens = tokensOf(expression);
  let place = 0;
  const peek = (): string => (tokens[place] ?? '').toUpperCase();
  const take = (expected?: string): string => {
    const token = tokens[place++] ?? '';
    assert(!expected || token.toUpperCase() === expected, `${expression}: got "${token}", expected "${expected}"`);
    return token;
  };
  const operand = (): Operand => {
    const token = take();
    return (item, placeholders) =>
      scalarOf(token.startsWith(':') ? placeholders.values?.[token] : item[nameOf(token, placeholders)]);
  };
  const presence = (): Condition => {
    const isWanted = take().toUpperCase() === 'ATTRIBUTE_EXISTS';
    take('(');
    const token = take();
    take(')');
    return (item, placeholders) => (item[nameOf(token, placeholders)] !== undefined) === isWanted;
  };
  const comparison = (): Condition => {
    const left = operand();
    const operator = take().toUpperCase();
    const right = operand();
    if (operator !== 'BETWEEN') {
      const compare = comparisonBy(operator);
      return (...given) => compare(left(...given), right(...given));
    }
    take('AND');
    const upper = operand();
    const isUpTo = comparisonBy('<=');
    return (...given) => isUpTo(right(...given), left(...given)) && isUpTo(left(...given), upper(...given));
  };
  const term = (): Condition => {
    if (peek().startsWith('ATTRIBUTE_')) return presence();
    if (peek() === 'NOT') {
      take();
      const denied = term();
      return (...given) => !denied(...given);
    }
    if (peek() !== '(') return comparison();
    take('(');
    const inner = disjunction();
    take(')');
    return inner;
  };
  const conjunction = (): Condition => {
    const terms = [term()];
    while (peek() === 'AND' && take()) terms.push(term());
    return (...given) => terms.every((each) => each(...given));
  };
  const disjunction = (): Condition => {
    const parts = [conjunction()];
    while (peek() === 'OR' && take()) parts.push(conjunction());
    return (...given) => parts.some((each) => each(...given));
  };
  const condition = disjunction();
  assert(place === tokens.length, `${expression}: "${tokens.slice(place).join(' ')}" is not understood`);
  return condition;
}

function tokensOf(expression: string): string[] {
  const tokens = [...expression.matchAll(TOKEN)].map(([, token = '']) => token);
  assert(tokens.join('') === expression.replaceAll(/\s/g, ''), `${expression}: has what no expression has`);
  return tokens;
}

/** The attribute that a token names. */
export function nameOf(token: string, { names }: Placeholders): string {
  return token.startsWith('#') ? (names?.[token] ?? '') : token;
}

function scalarOf(value: AttributeValue | undefined): Scalar {
  return value?.N === undefined ? value?.S : Number(value.N);
}

/** What is not there, and what is of another kind, compares as false. */
function comparisonBy(operator: string): (left: Scalar, right: Scalar) => boolean {
  const compare = COMPARISONS[operator];
  assert(compare, `operator "${operator}" is not known`);
  return (left, right) =>
    left !== undefined && right !== undefined && typeof left === typeof right && compare(left, right);
}

const COMPARISONS: Readonly<Record<string, (left: string | number, right: string | number) => boolean>> = {
  '=': (left, right) => left === right,
  '<>': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};
