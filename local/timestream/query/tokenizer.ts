import { type Position, refuseQuery } from './refuse-query.ts';

export interface Token {
  /** A `word` may be a keyword; a `quoted` name never is. `duration` is a number with a unit, such as 15m. */
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'duration' | 'symbol' | 'end';
  /** Without quotes. */
  readonly text: string;
  readonly at: Position;
}

const BLANK = /(?:\s+|--[^\n]*|\/\*[\s\S]*?\*\/)+/y;

/** The order matters: a duration begins like a number. `measure_value::double` is one name. */
const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['word', /[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z]+)?/y],
  ['quoted', /"(?:[^"]|"")*"/y],
  ['string', /'(?:[^']|'')*'/y],
  ['number', /(?:\d+\.?\d*|\.\d+)[eE][+-]?\d+(?![A-Za-z_])/y],
  ['duration', /\d+[A-Za-z]+/y],
  ['number', /(?:\d+\.?\d*|\.\d+)(?![A-Za-z_])/y],
  ['symbol', /<=|>=|<>|!=|\|\||[-+*/%(),.;<>=[\]?]/y],
];

/** Ends with one token of kind `end`. Refuses characters that begin no token, and quotes that do not end. */
export function tokenize(query: string): readonly Token[] {
  const tokens: Token[] = [];
  const position = createPositions(query);
  let offset = skipBlank(query, 0);
  while (offset < query.length) {
    const at = position(offset);
    const token = matchToken(query, offset, at);
    tokens.push(token.token);
    offset = skipBlank(query, token.end);
  }
  tokens.push({ kind: 'end', text: 'end of query', at: position(offset) });
  return tokens;
}

function matchToken(query: string, offset: number, at: Position): { readonly token: Token; readonly end: number } {
  for (const [kind, pattern] of PATTERNS) {
    const raw = matchAt(pattern, query, offset);
    if (raw !== undefined) {
      return { token: { kind, text: unquote(kind, raw), at }, end: offset + raw.length };
    }
  }
  const character = String.fromCodePoint(query.codePointAt(offset) ?? 0);
  return refuseQuery(
    at,
    character === "'" || character === '"' ? `the quote ${character} does not end` : `unexpected ${character}`,
  );
}

function skipBlank(query: string, offset: number): number {
  return offset + (matchAt(BLANK, query, offset)?.length ?? 0);
}

function matchAt(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}

/** A quote within quotes is written twice. */
function unquote(kind: Token['kind'], raw: string): string {
  if (kind === 'string') {
    return raw.slice(1, -1).replaceAll("''", "'");
  }
  return kind === 'quoted' ? raw.slice(1, -1).replaceAll('""', '"') : raw;
}

/** For offsets that only grow. */
function createPositions(text: string): (offset: number) => Position {
  let line = 1;
  let lineStart = 0;
  let nextBreak = text.indexOf('\n');
  return (offset) => {
    while (nextBreak !== -1 && nextBreak < offset) {
      line += 1;
      lineStart = nextBreak + 1;
      nextBreak = text.indexOf('\n', lineStart);
    }
    return { line, column: offset - lineStart + 1 };
  };
}
