/** How functions say which arguments they take, and how many. */

import { type Position, refuseQuery } from './refuse-query.ts';
import type { Fragment } from './scope.ts';
import { is, isInteger, isNumber, nameOf, type SqlType } from './sql-type.ts';

export type Parameter = 'any' | 'integer' | 'interval' | 'number' | 'timestamp' | 'timestamp or interval' | 'varchar';

const ACCEPTS: Readonly<Record<Parameter, (type: SqlType) => boolean>> = {
  any: () => true,
  integer: isInteger,
  interval: (type) => is(type, 'INTERVAL_DAY_TO_SECOND'),
  number: isNumber,
  timestamp: (type) => is(type, 'TIMESTAMP'),
  'timestamp or interval': (type) => is(type, 'TIMESTAMP') || is(type, 'INTERVAL_DAY_TO_SECOND'),
  varchar: (type) => is(type, 'VARCHAR'),
};

/** Checks what a function was given. `optional` of its last parameters may be left out. */
export function requireArguments(
  name: string,
  parameters: readonly Parameter[],
  optional: number,
  given: readonly Fragment[],
  at: Position,
): void {
  const fits =
    given.length <= parameters.length &&
    given.length >= parameters.length - optional &&
    given.every(({ type }, index) => ACCEPTS[parameters[index] ?? 'any'](type));
  if (!fits) {
    const got = given.map(({ type }) => nameOf(type)).join(', ');
    refuseQuery(at, `Unexpected parameters (${got}) for function ${name}. Expected: ${name}(${parameters.join(', ')})`);
  }
}
