/** The syntax tree that the parser makes of a rule's SQL. */

import type { SqlValue } from './value.ts';

export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Expression =
  | { readonly kind: 'literal'; readonly value: SqlValue }
  /** `*`: the message's payload, as bytes. */
  | { readonly kind: 'payload' }
  /** `a.b`: a value in the payload's JSON. */
  | { readonly kind: 'field'; readonly path: readonly string[] }
  /** The name in lower case. */
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly Expression[] }
  | { readonly kind: 'not'; readonly operand: Expression }
  | {
      readonly kind: 'logical';
      readonly operator: 'AND' | 'OR';
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'comparison';
      readonly operator: ComparisonOperator;
      readonly left: Expression;
      readonly right: Expression;
    };

export interface Selection {
  readonly alias: string;
  readonly expression: Expression;
}

export interface Statement {
  /** Whether `*` is selected, alone or beside others. */
  readonly selectsPayload: boolean;
  readonly selections: readonly Selection[];
  /** Absent for a rule that only Basic Ingest reaches. */
  readonly topicFilter?: string;
  readonly where?: Expression;
}
