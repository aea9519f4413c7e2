/** From an expression to SQLite's SQL, with its type. Every fragment stands on its own, in parentheses where needed. */

import { AGGREGATE_FUNCTIONS } from './aggregate-functions.ts';
import { translateCast } from './translate-cast.ts';
import { type Position, refuseQuery, refuseUnsupported } from './refuse-query.ts';
import { SCALAR_FUNCTIONS } from './scalar-functions.ts';
import type { Fragment, Scope } from './scope.ts';
import { requireArguments } from './signature.ts';
import { is, isInteger, isNumber, nameOf, requireCommonType, type SqlType } from './sql-type.ts';
import type { BinaryOperator, Expression } from './syntax.ts';

type Of<Kind extends Expression['kind']> = Extract<Expression, { readonly kind: Kind }>;

/** Refuses what does not exist and what does not fit by type, with its position. */
export function translateExpression(expression: Expression, scope: Scope): Fragment {
  const translate = (operand: Expression): Fragment => translateExpression(operand, scope);
  switch (expression.kind) {
    case 'literal':
      return { sql: scope.bind(expression.value), type: expression.type };
    case 'column':
      return (
        scope.findColumn(expression.name) ?? refuseQuery(expression.at, `Column '${expression.name}' does not exist`)
      );
    case 'call':
      return translateCall(expression, scope);
    case 'negate':
      return translateNegation(expression.at, translate(expression.operand));
    case 'not':
      return { sql: `(NOT ${requireTruth(expression.operand, scope)})`, type: 'BOOLEAN' };
    case 'binary':
      return translateBinary(expression, scope);
    case 'between': {
      const operands = [expression.operand, expression.low, expression.high].map(translate);
      const [operand, low, high] = operands.map(({ sql }) => sql);
      requireComparable(operands, expression.at, 'BETWEEN');
      return { sql: `(${operand} BETWEEN ${low} AND ${high})`, type: 'BOOLEAN' };
    }
    case 'in': {
      const operand = translate(expression.operand);
      const options = expression.options.map(translate);
      requireComparable([operand, ...options], expression.at, 'IN');
      return { sql: `(${operand.sql} IN (${options.map(({ sql }) => sql).join(', ')}))`, type: 'BOOLEAN' };
    }
    case 'like':
      return translateLike(expression, scope);
    case 'is-null':
      return { sql: `(${translate(expression.operand).sql} IS NULL)`, type: 'BOOLEAN' };
    default:
      return translateCast(translate(expression.operand), expression.type, expression.at);
  }
}

/** The SQL of a condition. */
export function requireTruth(expression: Expression, scope: Scope): string {
  const { sql, type } = translateExpression(expression, scope);
  return is(type, 'BOOLEAN') ? sql : refuseQuery(expression.at, `expected a boolean, got ${nameOf(type)}`);
}

function requireComparable(operands: readonly Fragment[], at: Position, what: string): void {
  requireCommonType(
    operands.map(({ type }) => type),
    at,
    what,
  );
}

function translateCall(expression: Of<'call'>, scope: Scope): Fragment {
  const { name, at, star, distinct } = expression;
  const given = expression.arguments.map((argument) => translateExpression(argument, scope));
  const aggregate = AGGREGATE_FUNCTIONS.get(name);
  if (star) {
    return name === 'count' ? { sql: 'count(*)', type: 'BIGINT' } : refuseQuery(at, `${name}(*) does not exist`);
  }
  if (aggregate !== undefined) {
    requireArguments(name, aggregate.parameters, 0, given, at);
    if (distinct && given.length > 1) {
      refuseUnsupported(at, `DISTINCT in ${name}`);
    }
    const quantifier = distinct || aggregate.alwaysDistinct ? 'DISTINCT ' : '';
    const list = given.map(({ sql }) => sql).join(', ');
    return { sql: `${aggregate.sqlFunction}(${quantifier}${list})`, type: aggregate.type(given) };
  }
  const scalar = SCALAR_FUNCTIONS.get(name) ?? refuseUnsupported(at, `the function ${name}`);
  if (distinct) {
    refuseQuery(at, `DISTINCT needs an aggregate function, ${name} is none`);
  }
  requireArguments(name, scalar.parameters, scalar.optional ?? 0, given, at);
  return scalar.translate(given, { scope, at });
}

function translateNegation(at: Position, { sql, type }: Fragment): Fragment {
  return isNumber(type) || type === 'INTERVAL_DAY_TO_SECOND'
    ? { sql: `(- ${sql})`, type }
    : refuseQuery(at, `'-' cannot be applied to ${nameOf(type)}`);
}

function translateBinary({ operator, left, right, at }: Of<'binary'>, scope: Scope): Fragment {
  if (operator === 'AND' || operator === 'OR') {
    return { sql: `(${requireTruth(left, scope)} ${operator} ${requireTruth(right, scope)})`, type: 'BOOLEAN' };
  }
  const a = translateExpression(left, scope);
  const b = translateExpression(right, scope);
  const type = resultType(operator, a.type, b.type, at);
  if (operator === '/' || operator === '%') {
    return { sql: `${operator === '/' ? 'ts_divide' : 'ts_remainder'}(${a.sql}, ${b.sql})`, type };
  }
  return { sql: `(${a.sql} ${operator} ${b.sql})`, type };
}

function resultType(operator: Exclude<BinaryOperator, 'AND' | 'OR'>, a: SqlType, b: SqlType, at: Position): SqlType {
  switch (operator) {
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
      requireCommonType([a, b], at, `'${operator}'`);
      return 'BOOLEAN';
    case '||':
      return is(a, 'VARCHAR') && is(b, 'VARCHAR') ? 'VARCHAR' : refuseOperands(operator, a, b, at);
    default:
      return arithmeticType(operator, a, b) ?? refuseOperands(operator, a, b, at);
  }
}

/** Numbers among themselves; times and intervals add and subtract; an interval can be multiplied by an integer. */
function arithmeticType(operator: '+' | '-' | '*' | '/' | '%', a: SqlType, b: SqlType): SqlType | undefined {
  const interval = 'INTERVAL_DAY_TO_SECOND';
  if (isNumber(a) && isNumber(b)) {
    return requireNumber(a, b);
  }
  if (operator === '*' && ((a === interval && isInteger(b)) || (isInteger(a) && b === interval))) {
    return interval;
  }
  if (operator !== '+' && operator !== '-') {
    return undefined;
  }
  if (a === 'TIMESTAMP' && b === 'TIMESTAMP') {
    return operator === '-' ? interval : undefined;
  }
  if (a === interval && b === interval) {
    return interval;
  }
  const shifted = (a === 'TIMESTAMP' && b === interval) || (operator === '+' && a === interval && b === 'TIMESTAMP');
  return shifted ? 'TIMESTAMP' : undefined;
}

function requireNumber(a: SqlType, b: SqlType): SqlType {
  if (a === 'DOUBLE' || b === 'DOUBLE') {
    return 'DOUBLE';
  }
  return a === 'INTEGER' && b === 'INTEGER' ? 'INTEGER' : 'BIGINT';
}

function refuseOperands(operator: string, a: SqlType, b: SqlType, at: Position): never {
  return refuseQuery(at, `'${operator}' cannot be applied to ${nameOf(a)}, ${nameOf(b)}`);
}

function translateLike({ operand, pattern, escape, at }: Of<'like'>, scope: Scope): Fragment {
  const [text, like, character] = [operand, pattern, ...(escape ? [escape] : [])].map((part) =>
    translateExpression(part, scope),
  );
  for (const part of [text, like, character]) {
    if (part !== undefined && !is(part.type, 'VARCHAR')) {
      refuseQuery(at, `LIKE cannot be applied to ${nameOf(part.type)}`);
    }
  }
  const escaping = character === undefined ? '' : ` ESCAPE ${character.sql}`;
  return { sql: `(${text?.sql} LIKE ${like?.sql}${escaping})`, type: 'BOOLEAN' };
}
