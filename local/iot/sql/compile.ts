/**
 * Turns a parsed expression into a function, once per rule. Results follow the tables of "Operators" in the AWS IoT
 * Core developer guide (https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-operators.html).
 */

import type { PublishedMessage } from '../message.ts';
import type { ComparisonOperator, Expression } from './expression.ts';
import { findFunction } from './functions.ts';
import { payloadField } from './payload-json.ts';
import { areEqual, type SqlValue, toBoolean, toDecimal } from './value.ts';

export type Evaluate = (message: PublishedMessage) => SqlValue;

/** Throws at functions that the local cloud does not know, and at operands that they do not take. */
export function compileExpression(expression: Expression): Evaluate {
  switch (expression.kind) {
    case 'literal': {
      const { value } = expression;
      return () => value;
    }
    case 'field': {
      const { path } = expression;
      return (message) => payloadField(message, path);
    }
    case 'payload':
      throw new Error('unsupported * as an operand: only SELECT and encode(*, …) take the whole payload');
    case 'call':
      return findFunction(expression.name)(expression.operands, compileExpression);
    case 'not':
      return compileNot(compileExpression(expression.operand));
    case 'logical':
      return compileLogical(
        expression.operator,
        compileExpression(expression.left),
        compileExpression(expression.right),
      );
    case 'comparison':
      break;
  }
  const { operator, left, right } = expression;
  return compileComparison(operator, compileExpression(left), compileExpression(right));
}

function compileNot(operand: Evaluate): Evaluate {
  return (message) => {
    const value = toBoolean(operand(message));
    return value === undefined ? undefined : !value;
  };
}

/** An operand that is no Boolean makes the result Undefined, whatever the other one is. */
function compileLogical(operator: 'AND' | 'OR', left: Evaluate, right: Evaluate): Evaluate {
  return (message) => {
    const a = toBoolean(left(message));
    const b = toBoolean(right(message));
    if (a === undefined || b === undefined) {
      return undefined;
    }
    return operator === 'AND' ? a && b : a || b;
  };
}

const ORDERS: Readonly<Record<'<' | '<=' | '>' | '>=', (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** `=` and `<>` convert nothing; the others convert both sides to Decimal. */
function compileComparison(operator: ComparisonOperator, left: Evaluate, right: Evaluate): Evaluate {
  if (operator === '=' || operator === '<>') {
    const whenEqual = operator === '=';
    return (message) => {
      const a = left(message);
      const b = right(message);
      return a === undefined || b === undefined ? undefined : areEqual(a, b) === whenEqual;
    };
  }
  const holds = ORDERS[operator];
  return (message) => {
    const a = toDecimal(left(message));
    const b = toDecimal(right(message));
    return a === undefined || b === undefined ? undefined : holds(a, b);
  };
}
