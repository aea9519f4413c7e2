/**
 * The part of IoT SQL (version 2016-03-23) that the local cloud knows, after "AWS IoT SQL reference"
 * (https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-reference.html). All else is refused by name.
 */

import type { ComparisonOperator, Expression, Selection, Statement } from './expression.ts';
import { tokenize, type Token } from './tokenizer.ts';

/** `SELECT … FROM '…' WHERE …`. Throws with what it does not know, and the column. */
export function parseStatement(sql: string): Statement {
  const cursor = createCursor(sql);
  const selected = parseSelect(cursor);
  const topicFilter = cursor.takeKeyword('FROM') ? parseTopicFilter(cursor) : undefined;
  const where = cursor.takeKeyword('WHERE') ? parseOr(cursor) : undefined;
  cursor.expectEnd();
  return {
    ...selected,
    ...(topicFilter === undefined ? {} : { topicFilter }),
    ...(where === undefined ? {} : { where }),
  };
}

/** One expression, as it stands in a substitution template. */
export function parseExpression(text: string): Expression {
  const cursor = createCursor(text);
  const expression = parseOr(cursor);
  cursor.expectEnd();
  return expression;
}

function parseSelect(cursor: Cursor): Pick<Statement, 'selectsPayload' | 'selections'> {
  if (!cursor.takeKeyword('SELECT')) {
    throw cursor.unexpected('SELECT');
  }
  let selectsPayload = false;
  const selections: Selection[] = [];
  do {
    if (cursor.takeSymbol('*')) {
      selectsPayload = true;
    } else {
      selections.push(parseSelection(cursor));
    }
  } while (cursor.takeSymbol(','));
  const aliases = selections.map(({ alias }) => alias);
  const repeated = aliases.find((alias, index) => aliases.indexOf(alias) !== index);
  if (repeated !== undefined) {
    throw new Error(`"${repeated}" is selected twice; give each selection a name of its own with AS`);
  }
  return { selectsPayload, selections };
}

/** A field without AS keeps the last name of its path. */
function parseSelection(cursor: Cursor): Selection {
  const { column } = cursor.peek();
  const expression = parseOr(cursor);
  if (cursor.takeKeyword('AS')) {
    const alias = cursor.takeName();
    if (cursor.isSymbol('.')) {
      throw cursor.unsupported(`dotted alias "${alias}.…"`);
    }
    return { alias, expression };
  }
  const alias = expression.kind === 'field' ? expression.path.at(-1) : undefined;
  if (alias === undefined) {
    throw new Error(`the selection at column ${column} has no name; give it one with AS`);
  }
  return { alias, expression };
}

function parseTopicFilter(cursor: Cursor): string {
  const token = cursor.take();
  if (token.kind !== 'string') {
    throw new Error(`FROM takes a topic filter in single quotes, got ${token.text} at column ${token.column}`);
  }
  return token.text;
}

function parseOr(cursor: Cursor): Expression {
  let left = parseAnd(cursor);
  while (cursor.takeKeyword('OR')) {
    left = { kind: 'logical', operator: 'OR', left, right: parseAnd(cursor) };
  }
  return left;
}

function parseAnd(cursor: Cursor): Expression {
  let left = parseNot(cursor);
  while (cursor.takeKeyword('AND')) {
    left = { kind: 'logical', operator: 'AND', left, right: parseNot(cursor) };
  }
  return left;
}

function parseNot(cursor: Cursor): Expression {
  return cursor.takeKeyword('NOT') ? { kind: 'not', operand: parseNot(cursor) } : parseComparison(cursor);
}

const COMPARISON_OPERATORS: readonly ComparisonOperator[] = ['=', '<>', '<', '<=', '>', '>='];

/** Operators of IoT SQL that the local cloud does not have; `!=` is none of IoT SQL, but is often written. */
const UNSUPPORTED_OPERATORS = new Set(['+', '-', '*', '/', '%', '!=', '[', '.', 'IN']);

function parseComparison(cursor: Cursor): Expression {
  const left = parsePrimary(cursor);
  const operator = COMPARISON_OPERATORS.find((symbol) => cursor.takeSymbol(symbol));
  const expression: Expression =
    operator === undefined ? left : { kind: 'comparison', operator, left, right: parsePrimary(cursor) };
  const next = cursor.peek();
  if (next.kind !== 'string' && UNSUPPORTED_OPERATORS.has(next.text.toUpperCase())) {
    throw cursor.unsupported(`operator "${next.text}"`);
  }
  return expression;
}

function parsePrimary(cursor: Cursor): Expression {
  if (cursor.takeSymbol('(')) {
    const expression = parseOr(cursor);
    cursor.expectSymbol(')');
    return expression;
  }
  const negative = cursor.takeSymbol('-');
  const token = cursor.peek();
  if (token.kind === 'number') {
    cursor.take();
    return { kind: 'literal', value: parseNumber(token, negative) };
  }
  if (negative) {
    throw cursor.unexpected('a number after "-"');
  }
  if (token.kind === 'string') {
    cursor.take();
    return { kind: 'literal', value: token.text };
  }
  if (token.kind === 'name') {
    return parseNamed(cursor);
  }
  throw LITERAL_STARTS.has(token.text)
    ? cursor.unsupported(`${LITERAL_STARTS.get(token.text)} literal`)
    : cursor.unexpected('an expression');
}

/** Literals of IoT SQL that the local cloud does not have. */
const LITERAL_STARTS = new Map([
  ['[', 'array'],
  ['{', 'object'],
]);

function parseNumber({ text, column }: Token, negative: boolean): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && !Number.isSafeInteger(value)) {
    throw new Error(`unsupported number ${text} at column ${column}; the local cloud holds integers up to 2^53 - 1`);
  }
  return negative ? -value : value;
}

const CONSTANTS = new Map([
  ['TRUE', true],
  ['FALSE', false],
  ['NULL', null],
]);

const RESERVED = new Set(['SELECT', 'FROM', 'WHERE', 'AS', 'AND', 'OR', 'NOT']);
const UNSUPPORTED_KEYWORDS = new Set(['VALUE', 'SET', 'CASE', 'WHEN', 'THEN', 'ELSE', 'END', 'IN', 'EXISTS']);

/** A constant, a call or a field. */
function parseNamed(cursor: Cursor): Expression {
  const keyword = cursor.peek().text.toUpperCase();
  if (RESERVED.has(keyword)) {
    throw cursor.unexpected('an expression');
  }
  const constant = CONSTANTS.get(keyword);
  if (constant !== undefined) {
    cursor.take();
    return { kind: 'literal', value: constant };
  }
  const start = cursor.take();
  if (cursor.takeSymbol('(')) {
    return { kind: 'call', name: start.text.toLowerCase(), operands: parseOperands(cursor) };
  }
  if (UNSUPPORTED_KEYWORDS.has(keyword)) {
    throw new Error(`unsupported keyword "${start.text}" at column ${start.column}`);
  }
  return parseField(cursor, start);
}

function parseOperands(cursor: Cursor): readonly Expression[] {
  const operands: Expression[] = [];
  if (cursor.takeSymbol(')')) {
    return operands;
  }
  do {
    operands.push(cursor.takeSymbol('*') ? { kind: 'payload' } : parseOr(cursor));
  } while (cursor.takeSymbol(','));
  cursor.expectSymbol(')');
  return operands;
}

/** "JSON extensions": names with digits or hyphens are not reached by dots, but by `get`, which is not supported. */
function parseField(cursor: Cursor, start: Token): Expression {
  const path = [start.text];
  while (cursor.takeSymbol('.')) {
    path.push(cursor.takeName());
  }
  const unreachable = path.find((name) => /\d/.test(name));
  if (unreachable !== undefined) {
    throw new Error(
      `unsupported field name "${unreachable}" at column ${start.column}: AWS IoT reaches names with digits by get() only`,
    );
  }
  return { kind: 'field', path };
}

type Cursor = ReturnType<typeof createCursor>;

function createCursor(sql: string) {
  const tokens = tokenize(sql);
  let position = 0;
  const peek = (): Token => tokens[position] ?? { kind: 'end', text: 'end of the statement', column: sql.length + 1 };
  const take = (): Token => {
    const token = peek();
    position += 1;
    return token;
  };
  const takeIf = (matches: boolean): boolean => {
    position += matches ? 1 : 0;
    return matches;
  };
  const isSymbol = (symbol: string): boolean => peek().kind === 'symbol' && peek().text === symbol;
  const unexpected = (expected: string): Error =>
    new Error(`expected ${expected}, got ${peek().text} at column ${peek().column}`);

  return {
    peek,
    take,
    isSymbol,
    unexpected,
    unsupported: (what: string): Error => new Error(`unsupported ${what} at column ${peek().column}`),
    takeSymbol: (symbol: string): boolean => takeIf(isSymbol(symbol)),
    takeKeyword: (keyword: string): boolean => takeIf(peek().kind === 'name' && peek().text.toUpperCase() === keyword),
    takeName(): string {
      if (peek().kind !== 'name') {
        throw unexpected('a name');
      }
      return take().text;
    },
    expectSymbol(symbol: string): void {
      if (!takeIf(isSymbol(symbol))) {
        throw unexpected(`"${symbol}"`);
      }
    },
    expectEnd(): void {
      if (peek().kind !== 'end') {
        throw unexpected('the end of the statement');
      }
    },
  };
}
