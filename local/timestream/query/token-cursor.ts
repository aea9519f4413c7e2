import { refuseQuery, refuseUnsupported } from './refuse-query.ts';
import { type Token, tokenize } from './tokenizer.ts';

/** Walks over the tokens of one query. Keywords are given in upper case and match in any. */
export interface TokenCursor {
  /** The next token, or the one so many further on. */
  peek(ahead?: number): Token;
  take(): Token;
  /** Takes the keywords if all of them come next. */
  acceptWords(...words: readonly string[]): boolean;
  acceptSymbol(symbol: string): boolean;
  expectWord(word: string): void;
  expectSymbol(symbol: string): void;
  /** Refuses the next token: by name where it begins something that the service knows. */
  refuseNext(expected: string): never;
}

/** Words that begin what the service answers and the local cloud does not, with the words for them. */
const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['ALTER', 'ALTER'],
  ['ARRAY', 'ARRAY'],
  ['CASE', 'CASE'],
  ['CREATE', 'CREATE'],
  ['CROSS', 'JOIN'],
  ['DELETE', 'DELETE'],
  ['DESCRIBE', 'DESCRIBE'],
  ['DROP', 'DROP'],
  ['EXCEPT', 'EXCEPT'],
  ['EXISTS', 'EXISTS'],
  ['EXPLAIN', 'EXPLAIN'],
  ['EXTRACT', 'EXTRACT'],
  ['FETCH', 'FETCH'],
  ['FILTER', 'FILTER'],
  ['FULL', 'JOIN'],
  ['INNER', 'JOIN'],
  ['INSERT', 'INSERT'],
  ['INTERSECT', 'INTERSECT'],
  ['JOIN', 'JOIN'],
  ['LATERAL', 'LATERAL'],
  ['LEFT', 'JOIN'],
  ['NATURAL', 'JOIN'],
  ['OFFSET', 'OFFSET'],
  ['OVER', 'window functions (OVER)'],
  ['RIGHT', 'JOIN'],
  ['ROW', 'ROW'],
  ['SELECT', 'subqueries'],
  ['SHOW', 'SHOW'],
  ['TABLESAMPLE', 'TABLESAMPLE'],
  ['TRY_CAST', 'TRY_CAST'],
  ['UNION', 'UNION'],
  ['UNLOAD', 'UNLOAD'],
  ['UNNEST', 'UNNEST'],
  ['UPDATE', 'UPDATE'],
  ['VALUES', 'VALUES'],
  ['WINDOW', 'window functions (WINDOW)'],
  ['WITH', 'WITH'],
]);

export function createTokenCursor(query: string): TokenCursor {
  const tokens = tokenize(query);
  let index = 0;

  const peek = (ahead = 0): Token => {
    const token = tokens[Math.min(index + ahead, tokens.length - 1)];
    if (token === undefined) {
      throw new Error('a query has at least its end token');
    }
    return token;
  };

  const cursor: TokenCursor = {
    peek,
    take() {
      const token = peek();
      index += 1;
      return token;
    },
    acceptWords(...words) {
      const come = words.every((word, ahead) => isWord(peek(ahead), word));
      index += come ? words.length : 0;
      return come;
    },
    acceptSymbol(symbol) {
      const { kind, text } = peek();
      const comes = kind === 'symbol' && text === symbol;
      index += comes ? 1 : 0;
      return comes;
    },
    expectWord(word) {
      if (!cursor.acceptWords(word)) {
        cursor.refuseNext(word);
      }
    },
    expectSymbol(symbol) {
      if (!cursor.acceptSymbol(symbol)) {
        cursor.refuseNext(`'${symbol}'`);
      }
    },
    refuseNext(expected) {
      const { kind, text, at } = peek();
      const unsupported = kind === 'word' ? UNSUPPORTED.get(text.toUpperCase()) : undefined;
      return unsupported === undefined
        ? refuseQuery(at, `mismatched input '${text}', expected ${expected}`)
        : refuseUnsupported(at, unsupported);
    },
  };
  return cursor;
}

export function isWord({ kind, text }: Token, word: string): boolean {
  return kind === 'word' && text.toUpperCase() === word;
}
