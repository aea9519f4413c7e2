/** Splits IoT SQL into tokens. Keywords are names here; the parser tells them apart, without regard to case. */

export interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'symbol' | 'end';
  /** Of a string what stands between its quotes, of anything else what stands in the statement. */
  readonly text: string;
  /** From 1. */
  readonly column: number;
}

const TOKEN =
  /\s*(?:([A-Za-z_]\w*)|(\d+(?:\.\d+)?(?:[eE]-?\d+)?)|'([^']*)'|"([^"]*)"|(<>|<=|>=|!=|[=<>()*,.:+\-/%[\]{}]))/y;

/**
 * Throws, with the column, at what begins no token.
 * A backslash inside a string is refused: AWS does not document whether it escapes; `[.]` says the same without one.
 */
export function tokenize(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (sql.slice(TOKEN.lastIndex).trim() !== '') {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(sql);
    const column = start + sql.slice(start).search(/\S/) + 1;
    if (match === null) {
      const rest = sql.slice(column - 1);
      throw new Error(
        /^['"]/.test(rest)
          ? `string at column ${column} has no closing quote`
          : `unexpected character "${rest.charAt(0)}" at column ${column}`,
      );
    }
    tokens.push(tokenOf(match, column));
  }
  tokens.push({ kind: 'end', text: 'end of the statement', column: sql.length + 1 });
  return tokens;
}

function tokenOf([, name, number, single, double, symbol]: RegExpExecArray, column: number): Token {
  if (name !== undefined) {
    return { kind: 'name', text: name, column };
  }
  if (number !== undefined) {
    return { kind: 'number', text: number, column };
  }
  const text = single ?? double;
  if (text !== undefined) {
    if (text.includes('\\')) {
      throw new Error(`unsupported backslash in the string at column ${column}; write [.] instead of \\.`);
    }
    return { kind: 'string', text, column };
  }
  return { kind: 'symbol', text: symbol ?? '', column };
}
