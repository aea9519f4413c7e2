import { type Position, refuseQuery, refuseUnsupported } from './refuse-query.ts';
import type { Expression } from './syntax.ts';
import { isWord, type TokenCursor } from './token-cursor.ts';
import type { Token } from './tokenizer.ts';
import { NANOSECONDS_PER_UNIT, parseTime } from './time.ts';

type Literal = Extract<Expression, { readonly kind: 'literal' }>;

const INTEGER_MAX = 2n ** 31n - 1n;
const BIGINT_MAX = 2n ** 63n - 1n;
/** The longest interval there is, in nanoseconds: about 292 years. */
const INTERVAL_MAX = BIGINT_MAX;

/** Units of `INTERVAL '1' DAY`. Source: Timestream developer guide, "Date / time functions", interval literals. */
const INTERVAL_UNITS: ReadonlyMap<string, string> = new Map([
  ['SECOND', 's'],
  ['MINUTE', 'm'],
  ['HOUR', 'h'],
  ['DAY', 'd'],
]);

/** Parses a literal if one comes next. */
export function parseLiteral(cursor: TokenCursor): Literal | undefined {
  const token = cursor.peek();
  switch (token.kind) {
    case 'string':
      return { kind: 'literal', type: 'VARCHAR', value: cursor.take().text, at: token.at };
    case 'number':
      return numberLiteral(cursor.take());
    case 'duration':
      return durationLiteral(cursor.take());
    case 'word':
      return wordLiteral(cursor, token);
    default:
      return undefined;
  }
}

function wordLiteral(cursor: TokenCursor, token: Token): Literal | undefined {
  const { at } = token;
  if (cursor.acceptWords('NULL')) {
    return { kind: 'literal', type: 'UNKNOWN', value: null, at };
  }
  if (isWord(token, 'TRUE') || isWord(token, 'FALSE')) {
    return { kind: 'literal', type: 'BOOLEAN', value: BigInt(isWord(cursor.take(), 'TRUE')), at };
  }
  const beforeText = cursor.peek(1).kind === 'string';
  if (isWord(token, 'TIMESTAMP') && beforeText) {
    cursor.take();
    return timeLiteral(cursor.take());
  }
  if (isWord(token, 'INTERVAL') && beforeText) {
    cursor.take();
    return intervalLiteral(cursor.take(), cursor.take());
  }
  if ((isWord(token, 'DATE') || isWord(token, 'TIME')) && beforeText) {
    refuseUnsupported(at, `${token.text.toUpperCase()} literals`);
  }
  return undefined;
}

function numberLiteral({ text, at }: Token): Literal {
  if (!/^\d+$/.test(text)) {
    return { kind: 'literal', type: 'DOUBLE', value: Number(text), at };
  }
  const value = BigInt(text);
  if (value > BIGINT_MAX) {
    refuseQuery(at, `the integer ${text} is beyond 64 bits`);
  }
  return { kind: 'literal', type: value > INTEGER_MAX ? 'BIGINT' : 'INTEGER', value, at };
}

function durationLiteral({ text, at }: Token): Literal {
  const [, count = '', unit = ''] = /^(\d+)([A-Za-z]+)$/.exec(text) ?? [];
  return interval(count, unit, at);
}

function intervalLiteral(count: Token, unit: Token): Literal {
  const shortUnit = INTERVAL_UNITS.get(unit.text.toUpperCase());
  if (shortUnit === undefined) {
    refuseUnsupported(unit.at, `intervals in ${unit.text}`);
  }
  return interval(count.text, shortUnit, count.at);
}

function interval(count: string, unit: string, at: Position): Literal {
  const length = NANOSECONDS_PER_UNIT.get(unit);
  if (length === undefined) {
    refuseUnsupported(at, `the duration ${count}${unit} (units are ${[...NANOSECONDS_PER_UNIT.keys()].join(', ')})`);
  }
  const value = /^-?\d+$/.test(count) ? BigInt(count) * length : undefined;
  if (value === undefined || value > INTERVAL_MAX || value < -INTERVAL_MAX) {
    return refuseQuery(at, `'${count}${unit}' is no interval of at most 292 years`);
  }
  return { kind: 'literal', type: 'INTERVAL_DAY_TO_SECOND', value, at };
}

function timeLiteral({ text, at }: Token): Literal {
  const value = parseTime(text);
  return value === undefined
    ? refuseQuery(at, `'${text}' is no time such as '2026-11-21 08:00:00.000000000'`)
    : { kind: 'literal', type: 'TIMESTAMP', value, at };
}
