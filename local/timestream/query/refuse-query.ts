import { refuse } from '../refusal.ts';

/** Both from 1, as the service counts them. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Refuses a query that the service would refuse too. */
export function refuseQuery({ line, column }: Position, message: string): never {
  return refuse('ValidationException', `line ${line}:${column}: ${message}`);
}

/** Refuses by name what the service answers and the local cloud does not. */
export function refuseUnsupported(at: Position, what: string): never {
  return refuseQuery(
    at,
    `the local cloud does not support ${what}; it answers SELECT … FROM one table ` +
      'WHERE … GROUP BY … HAVING … ORDER BY … LIMIT …',
  );
}
