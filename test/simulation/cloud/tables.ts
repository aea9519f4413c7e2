import assert from 'node:assert/strict';
import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  type BatchStatementRequest,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { World } from '../world.ts';
import { holds, type Item, type Placeholders } from './expression.ts';
import { readStatement, type Statement } from './statement.ts';
import { updated } from './update.ts';

/** Items of a page, so that pages have seams where a run is small. */
const PAGE_ITEMS = 6;

/** Primary keys: of a table its attributes, of an index those that its table's key follows. */
export type TableKeys = Readonly<Record<string, readonly [string, ...string[]]>>;

interface Row {
  readonly key: string;
  item: Item;
  /** What a read that need not be consistent may still see. */
  before: Item | undefined;
}

export interface Tables {
  /** A request of DynamoDB's API to its answer. Throws what DynamoDB refuses. */
  execute(command: object): object;
  /** Writes as an operator would, unconditionally. */
  put(tableName: string, item: Item): void;
  items(tableName: string): readonly Item[];
}

export type OnWrite = (tableName: string, before: Item | undefined, after: Item) => void;

/** DynamoDB in memory: single items are written atomically, conditions are checked then, batches may be done in part. */
export function createTables({ chance, faults }: World, keys: TableKeys, onWrite: OnWrite): Tables {
  const tables = new Map(Object.keys(keys).map((name) => [name, new Map<string, Row>()]));
  const rowsOf = (tableName = ''): Map<string, Row> => {
    const rows = tables.get(tableName);
    assert(rows, `no table ${tableName}`);
    return rows;
  };
  const keyOf = (tableName: string, item: Item): string =>
    (keys[tableName] ?? []).map((name) => item[name]?.S ?? '').join('\n');

  const put = (tableName: string, item: Item): void => {
    const [rows, key] = [rowsOf(tableName), keyOf(tableName, item)];
    const before = rows.get(key)?.item;
    rows.set(key, { key, item, before });
    onWrite(tableName, before, item);
  };

  const read = (tableName: string, key: Item, isConsistent: boolean): Item | undefined => {
    const row = rowsOf(tableName).get(keyOf(tableName, key));
    return row && !isConsistent && chance.happens(faults.staleRead) ? row.before : row?.item;
  };

  const run = ({ Statement: text = '', Parameters: parameters = [] }: BatchStatementRequest): object => {
    if (chance.happens(faults.statementThrottled)) {
      return { Error: { Code: chance.pick(['ThrottlingError', 'TransactionConflict']), Message: 'try again' } };
    }
    const statement = readStatement(text, parameters);
    return statement.kind === 'INSERT' ? insert(statement) : update(statement);
  };

  const insert = ({ tableName, attributes }: Statement): object => {
    if (read(tableName, attributes, true)) return { Error: { Code: 'DuplicateItem', Message: 'it exists' } };
    put(tableName, attributes);
    return {};
  };

  const update = ({ tableName, attributes, where }: Statement): object => {
    const before = read(tableName, where, true);
    const isMet = before && Object.entries(where).every(([name, value]) => sameScalar(before[name], value));
    if (!isMet) return { Error: { Code: 'ConditionalCheckFailed', Message: 'the condition is not met' } };
    put(tableName, { ...before, ...attributes });
    return {};
  };

  const batchGet = ({ RequestItems: requests = {} }: BatchGetItemCommand['input']): object => {
    const [tableName = ''] = Object.keys(requests);
    const wanted: readonly Item[] = requests[tableName]?.Keys ?? [];
    const isConsistent = requests[tableName]?.ConsistentRead === true;
    const [unprocessed, processed] = parted(wanted, () => chance.happens(faults.keyUnprocessed));
    return {
      Responses: {
        [tableName]: processed.map((key) => read(tableName, key, isConsistent)).filter((item) => item !== undefined),
      },
      UnprocessedKeys: unprocessed.length > 0 ? { [tableName]: { Keys: unprocessed } } : {},
    };
  };

  const batchWrite = ({ RequestItems: requests = {} }: BatchWriteItemCommand['input']): object => {
    const [tableName = '', writes = []] = Object.entries(requests)[0] ?? [];
    const [left, done] = parted(writes, () => chance.happens(faults.itemUnprocessed));
    for (const { PutRequest: request } of done) put(tableName, request?.Item ?? {});
    return { UnprocessedItems: left.length > 0 ? { [tableName]: left } : {} };
  };

  const getItem = ({ TableName: tableName = '', Key: key = {}, ConsistentRead }: GetItemCommand['input']): object => {
    const item = read(tableName, key, ConsistentRead === true);
    return item ? { Item: item } : {};
  };

  const demand = (condition: string | undefined, item: Item | undefined, placeholders: Placeholders): void => {
    if (!condition || holds(condition, item ?? {}, placeholders)) return;
    throw new ConditionalCheckFailedException({ message: 'the condition is not met', $metadata: {} });
  };

  const putItem = ({ TableName: tableName = '', Item: item = {}, ...input }: PutItemCommand['input']): object => {
    demand(input.ConditionExpression, read(tableName, item, true), placeholdersOf(input));
    put(tableName, item);
    return {};
  };

  const updateItem = ({ TableName: tableName = '', Key: key = {}, ...input }: UpdateItemCommand['input']): object => {
    const [before, placeholders] = [read(tableName, key, true), placeholdersOf(input)];
    demand(input.ConditionExpression, before, placeholders);
    const item = updated(before ?? key, input.UpdateExpression ?? '', placeholders);
    put(tableName, item);
    return { Attributes: item };
  };

  const deleteItem = ({ TableName: tableName = '', Key: key = {}, ...input }: DeleteItemCommand['input']): object => {
    demand(input.ConditionExpression, read(tableName, key, true), placeholdersOf(input));
    rowsOf(tableName).delete(keyOf(tableName, key));
    return {};
  };

  const pageOf = (input: QueryCommandInput & ScanCommandInput): object => {
    const { TableName: tableName = '', KeyConditionExpression: condition, FilterExpression: filter } = input;
    const placeholders = placeholdersOf(input);
    const matching = [...rowsOf(tableName).values()]
      .filter(({ item }) => !condition || holds(condition, item, placeholders))
      // An index holds what has its key.
      .filter(({ item }) => (keys[input.IndexName ?? tableName] ?? []).every((name) => item[name] !== undefined))
      // Keys are ASCII, whose code units sort as their bytes do.
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const startKey = input.ExclusiveStartKey && keyOf(tableName, input.ExclusiveStartKey);
    const start = startKey === undefined ? 0 : matching.findIndex(({ key }) => key === startKey) + 1;
    const page = matching.slice(start, start + Math.min(input.Limit ?? PAGE_ITEMS, PAGE_ITEMS));
    const last = start + page.length < matching.length ? page.at(-1)?.item : undefined;
    return {
      Items: page.map(({ item }) => item).filter((item) => !filter || holds(filter, item, placeholders)),
      ...(last ? { LastEvaluatedKey: keysIn(last, tableName, input.IndexName) } : {}),
    };
  };

  const keysIn = (item: Item, tableName: string, indexName = tableName): Item =>
    Object.fromEntries(
      [...(keys[tableName] ?? []), ...(keys[indexName] ?? [])].map((name) => [name, item[name] ?? { NULL: true }]),
    );

  const answer = (command: object): object => {
    if (command instanceof BatchGetItemCommand) return batchGet(command.input);
    if (command instanceof BatchExecuteStatementCommand)
      return { Responses: (command.input.Statements ?? []).map(run) };
    if (command instanceof BatchWriteItemCommand) return batchWrite(command.input);
    if (command instanceof GetItemCommand) return getItem(command.input);
    if (command instanceof PutItemCommand) return putItem(command.input);
    if (command instanceof UpdateItemCommand) return updateItem(command.input);
    if (command instanceof DeleteItemCommand) return deleteItem(command.input);
    assert(command instanceof QueryCommand || command instanceof ScanCommand, `${command.constructor.name} is unknown`);
    return pageOf(command.input);
  };

  return {
    put,
    items: (tableName) => [...rowsOf(tableName).values()].map(({ item }) => item),
    execute: (command) => ({ $metadata: {}, ...answer(command) }),
  };
}

function placeholdersOf(input: {
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
}): Placeholders {
  return { names: input.ExpressionAttributeNames, values: input.ExpressionAttributeValues };
}

function sameScalar(a: AttributeValue | undefined, b: AttributeValue): boolean {
  return a?.S === b.S && a?.N === b.N;
}

function parted<Element>(elements: readonly Element[], isFirst: () => boolean): [Element[], Element[]] {
  const parts: [Element[], Element[]] = [[], []];
  for (const element of elements) parts[isFirst() ? 0 : 1].push(element);
  return parts;
}
