import type { PublishedMessage } from '../message.ts';
import { compileExpression, type Evaluate } from './compile.ts';
import type { Statement } from './expression.ts';
import { parseStatement } from './parser.ts';
import { payloadJson } from './payload-json.ts';
import { isJsonObject, type SqlValue } from './value.ts';

/** A rule's SQL, compiled. */
export interface Query {
  /** Absent for a rule that only Basic Ingest reaches. */
  readonly topicFilter?: string;
  /** The rule's result for a message that came by its topic: bytes for the actions; undefined where WHERE is not true. */
  evaluate(message: PublishedMessage): Buffer | undefined;
}

/** Throws with what the statement asks for that the local cloud does not know. */
export function compileQuery(sql: string): Query {
  const statement = parseStatement(sql);
  const where = statement.where && compileExpression(statement.where);
  const select = compileSelect(statement);
  return {
    ...(statement.topicFilter === undefined ? {} : { topicFilter: statement.topicFilter }),
    evaluate(message) {
      // Only Boolean true performs the actions; Undefined, and a string that says "true", do not.
      return where === undefined || where(message) === true ? select(message) : undefined;
    },
  };
}

function compileSelect({ selectsPayload, selections }: Statement): (message: PublishedMessage) => Buffer {
  if (selectsPayload && selections.length === 0) {
    return (message) => message.payload;
  }
  const columns = selections.map(({ alias, expression }) => [alias, compileExpression(expression)] as const);
  return (message) => {
    const row = emptyRow();
    if (selectsPayload) {
      Object.assign(row, payloadObject(message));
    }
    fill(row, columns, message);
    return Buffer.from(JSON.stringify(row));
  };
}

type Row = Record<string, SqlValue>;

/** Without a prototype, so that a key `__proto__` is a key like any other. */
function emptyRow(): Row {
  const row: Row = Object.create(null);
  return row;
}

/** Undefined leaves no key behind in the JSON, as documented. */
function fill(row: Row, columns: readonly (readonly [string, Evaluate])[], message: PublishedMessage): void {
  for (const [alias, evaluate] of columns) {
    row[alias] = evaluate(message);
  }
}

function payloadObject(message: PublishedMessage): object {
  const json = payloadJson(message);
  if (!isJsonObject(json)) {
    throw new Error('SELECT * beside other selections needs a JSON object as the payload');
  }
  return json;
}
