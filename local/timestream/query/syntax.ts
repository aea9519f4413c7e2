/** What the parser makes of a query. */

import type { Position } from './refuse-query.ts';
import type { SqlType } from './sql-type.ts';

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '||' | Comparison | 'AND' | 'OR';
export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Expression = { readonly at: Position } & (
  | { readonly kind: 'literal'; readonly type: SqlType; readonly value: bigint | number | string | null }
  | { readonly kind: 'column'; readonly name: string }
  /** `count(*)` has `star` instead of arguments. */
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly arguments: readonly Expression[];
      readonly distinct: boolean;
      readonly star: boolean;
    }
  | { readonly kind: 'negate' | 'not'; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'between';
      readonly operand: Expression;
      readonly low: Expression;
      readonly high: Expression;
    }
  | { readonly kind: 'in'; readonly operand: Expression; readonly options: readonly Expression[] }
  | {
      readonly kind: 'like';
      readonly operand: Expression;
      readonly pattern: Expression;
      readonly escape: Expression | undefined;
    }
  | { readonly kind: 'is-null'; readonly operand: Expression }
  | { readonly kind: 'cast'; readonly operand: Expression; readonly type: SqlType }
);

export type SelectItem =
  | { readonly kind: 'all'; readonly at: Position }
  | { readonly kind: 'expression'; readonly expression: Expression; readonly alias: string | undefined };

export interface OrderItem {
  readonly expression: Expression;
  readonly descending: boolean;
  /** Nulls come last where the query does not say, whatever the direction. */
  readonly nullsFirst: boolean;
}

export interface Query {
  readonly distinct: boolean;
  readonly select: readonly SelectItem[];
  readonly from: { readonly database: string; readonly table: string; readonly at: Position } | undefined;
  readonly where: Expression | undefined;
  readonly groupBy: readonly Expression[];
  readonly having: Expression | undefined;
  readonly orderBy: readonly OrderItem[];
  readonly limit: bigint | undefined;
}

export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'column':
      return [];
    case 'call':
      return expression.arguments;
    case 'binary':
      return [expression.left, expression.right];
    case 'between':
      return [expression.operand, expression.low, expression.high];
    case 'in':
      return [expression.operand, ...expression.options];
    case 'like':
      return [expression.operand, expression.pattern, ...(expression.escape ? [expression.escape] : [])];
    default:
      return [expression.operand];
  }
}
