import type { AttributeValue, Dynalite, Item, Refusal } from '../dynalite.ts';
import { readStatement, StatementError, type WriteStatement } from './statement.ts';

interface BatchRequest {
  readonly Statements?: readonly { readonly Statement: string; readonly Parameters?: readonly AttributeValue[] }[];
}

interface StatementResponse {
  readonly TableName?: string;
  readonly Error?: { readonly Code: string; readonly Message: string };
}

/** DynamoDB API Reference, BatchExecuteStatement, "Statements". */
const STATEMENTS_MAX = 25;

const VALIDATION_EXCEPTION = 'com.amazon.coral.validate#ValidationException';

/** From an operation's exception to the code in a batch (DynamoDB API Reference, BatchStatementError). */
const ERROR_CODES: Readonly<Record<string, string>> = {
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  ResourceNotFoundException: 'ResourceNotFound',
  ItemCollectionSizeLimitExceededException: 'ItemCollectionSizeLimitExceeded',
};

/**
 * BatchExecuteStatement over dynalite, which has no PartiQL: each statement writes one item on its conditions, for itself;
 * what one is refused for does not touch the others. Resolves with a refusal where the whole request is refused.
 */
export async function batchExecuteStatement(
  { Statements: statements = [] }: BatchRequest,
  dynalite: Dynalite,
): Promise<{ readonly Responses: readonly StatementResponse[] } | Refusal> {
  if (statements.length === 0 || statements.length > STATEMENTS_MAX) {
    const expected = `Member must have length ${statements.length === 0 ? 'greater than or equal to 1' : `less than or equal to ${STATEMENTS_MAX}`}`;
    return {
      __type: VALIDATION_EXCEPTION,
      message: `1 validation error detected: Value at 'statements' failed to satisfy constraint: ${expected}`,
    };
  }
  const keyNames = memoized((name) => dynalite.keyNames(name));
  return {
    Responses: await Promise.all(
      statements.map(async ({ Statement, Parameters = [] }): Promise<StatementResponse> => {
        const statement = read(Statement, Parameters);
        if (statement instanceof StatementError) {
          return { Error: { Code: 'ValidationError', Message: statement.message } };
        }
        const refusal = await write(statement, await keyNames(statement.tableName), dynalite);
        return { TableName: statement.tableName, ...(refusal && { Error: errorOf(statement, refusal) }) };
      }),
    ),
  };
}

function memoized<Value>(find: (name: string) => Promise<Value>): (name: string) => Promise<Value> {
  const found = new Map<string, Promise<Value>>();
  return (name) => found.get(name) ?? found.set(name, find(name)).get(name) ?? find(name);
}

function read(text: string, parameters: readonly AttributeValue[]): WriteStatement | StatementError {
  try {
    return readStatement(text, parameters);
  } catch (error) {
    if (error instanceof StatementError) return error;
    throw error;
  }
}

/** With the older, structured conditions, which need no parsing (DynamoDB Developer Guide, "Legacy conditional parameters"). */
async function write(
  statement: WriteStatement,
  keyNames: readonly string[],
  dynalite: Dynalite,
): Promise<Refusal | undefined> {
  const { kind, tableName: TableName } = statement;
  if (kind === 'insert') {
    const [partitionKey = ''] = keyNames;
    return dynalite.perform('PutItem', {
      TableName,
      Item: statement.item,
      Expected: { [partitionKey]: { Exists: false } },
    });
  }
  if (!keyNames.every((name) => Object.hasOwn(statement.where, name))) {
    return {
      __type: VALIDATION_EXCEPTION,
      message: 'Where clause does not contain a mandatory equality on all key attributes',
    };
  }
  // The comparisons of the key are conditions too: an item that does not exist is not made.
  return dynalite.perform('UpdateItem', {
    TableName,
    Key: Object.fromEntries(keyNames.map((name) => [name, statement.where[name]])),
    AttributeUpdates: mapped(statement.set, (Value) => ({ Action: 'PUT', Value })),
    Expected: mapped(statement.where, (Value) => ({ Value })),
  });
}

function mapped(item: Item, change: (value: AttributeValue) => object): Record<string, object> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, change(value)]));
}

function errorOf({ kind }: WriteStatement, refusal: Refusal): { Code: string; Message: string } {
  const [, exception = ''] = refusal.__type.split('#');
  if (kind === 'insert' && exception === 'ConditionalCheckFailedException') {
    return { Code: 'DuplicateItem', Message: 'Duplicate primary key exists in table' };
  }
  return {
    Code: ERROR_CODES[exception] ?? 'ValidationError',
    Message: refusal.message ?? refusal.Message ?? '',
  };
}
