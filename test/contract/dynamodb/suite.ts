import {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
  waitUntilTableExists,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

export interface DynamoDbTarget {
  readonly client: DynamoDBClient;
  /** Whether a failed condition brings the item that stands, when it is asked for. */
  readonly returnsItemOnFailedCondition: boolean;
  close(): Promise<void>;
}

type Item = Record<string, AttributeValue>;

const UINT64_MAX = '18446744073709551615';
const ITEM_BYTES_MAX = 400 * 1024;

/**
 * What cityweave relies on, from the DynamoDB Developer Guide ("Quotas", "Supported data types", "Condition expressions",
 * "Global secondary indexes") and API reference. Runs against any endpoint; makes one table and deletes it.
 */
export function describeDynamoDb(connect: () => Promise<DynamoDbTarget>): void {
  const tableName = `cityweave-contract-${randomUUID()}`;
  let target: DynamoDbTarget;
  let client: DynamoDBClient;

  beforeAll(async () => {
    target = await connect();
    client = target.client;
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'id', AttributeType: 'S' },
          { AttributeName: 'at', AttributeType: 'N' },
          { AttributeName: 'zone', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'id', KeyType: 'HASH' },
          { AttributeName: 'at', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'byZone',
            KeySchema: [
              { AttributeName: 'zone', KeyType: 'HASH' },
              { AttributeName: 'at', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['kind'] },
          },
        ],
      }),
    );
    await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName: tableName });
  });

  afterAll(async () => {
    await client?.send(new DeleteTableCommand({ TableName: tableName }));
    await target?.close();
  });

  const key = (id: string, at: number | string = 0): Item => ({ id: { S: id }, at: { N: String(at) } });
  const put = (item: Item) => client.send(new PutItemCommand({ TableName: tableName, Item: item }));
  const read = async (id: string, at: number | string = 0): Promise<Item | undefined> =>
    (await client.send(new GetItemCommand({ TableName: tableName, Key: key(id, at), ConsistentRead: true }))).Item;

  describe('conditions', () => {
    it('puts an item only where none stands', async () => {
      const command = new PutItemCommand({
        TableName: tableName,
        Item: { ...key('put-once'), version: { N: '1' } },
        ConditionExpression: 'attribute_not_exists(id)',
      });
      await client.send(command);
      await expect(client.send(command)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    });

    it('lets exactly one of many concurrent writers of a version win', async () => {
      await put({ ...key('race'), version: { N: '1' }, winner: { N: '-1' } });
      const writes = Array.from({ length: 20 }, (_, writer) =>
        client.send(
          new PutItemCommand({
            TableName: tableName,
            Item: { ...key('race'), version: { N: '2' }, winner: { N: String(writer) } },
            ConditionExpression: '#version = :expected',
            ExpressionAttributeNames: { '#version': 'version' },
            ExpressionAttributeValues: { ':expected': { N: '1' } },
          }),
        ),
      );
      const outcomes = await Promise.allSettled(writes);
      const winners = outcomes.flatMap((outcome, writer) => (outcome.status === 'fulfilled' ? [writer] : []));
      expect(winners).toHaveLength(1);
      expect((await read('race'))?.winner).toEqual({ N: String(winners[0]) });
    });

    it('updates under a condition, counts, and leaves the item alone when the condition fails', async () => {
      await put({ ...key('update'), version: { N: '7' } });
      const update = new UpdateItemCommand({
        TableName: tableName,
        Key: key('update'),
        UpdateExpression: 'SET #version = #version + :one',
        ConditionExpression: '#version = :expected',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':one': { N: '1' }, ':expected': { N: '7' } },
        ReturnValues: 'ALL_NEW',
      });
      expect((await client.send(update)).Attributes?.version).toEqual({ N: '8' });
      await expect(client.send(update)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
      expect((await read('update'))?.version).toEqual({ N: '8' });
    });

    it('brings the item that stands with a failed condition, where the target can', async ({ skip }) => {
      skip(!target.returnsItemOnFailedCondition, 'dynalite does not implement ReturnValuesOnConditionCheckFailure');
      const item = { ...key('loser'), version: { N: '3' } };
      await put(item);
      await expect(
        client.send(
          new PutItemCommand({
            TableName: tableName,
            Item: key('loser'),
            ConditionExpression: 'attribute_not_exists(id)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      ).rejects.toMatchObject({ Item: item });
    });
  });

  describe('values', () => {
    it.each([
      ['the largest uint64', UINT64_MAX],
      ['a stamp that a double cannot hold', '1795248000000000001'],
      ['38 digits', '12345678901234567890123456789012345678'],
      ['38 digits after the point', '0.12345678901234567890123456789012345678'],
      ['a negative number', '-273.15'],
    ])('keeps %s exactly', async (name, number) => {
      await put({ ...key(name), number: { N: number } });
      expect((await read(name))?.number).toEqual({ N: number });
    });

    it('refuses 39 digits', async () => {
      await expect(put({ ...key('39 digits'), number: { N: '1'.repeat(39) } })).rejects.toMatchObject({
        name: 'ValidationException',
      });
    });

    it('compares stamps exactly in a condition', async () => {
      await put({ ...key('compare'), stamp: { N: '18446744073709551614' } });
      const raiseTo = (stamp: string) =>
        client.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: key('compare'),
            UpdateExpression: 'SET stamp = :stamp',
            ConditionExpression: 'stamp < :stamp',
            ExpressionAttributeValues: { ':stamp': { N: stamp } },
          }),
        );
      await raiseTo(UINT64_MAX);
      await expect(raiseTo(UINT64_MAX)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    });

    it('keeps bytes, maps, lists, booleans, null and the empty string', async () => {
      const item: Item = {
        ...key('types'),
        bytes: { B: Uint8Array.from({ length: 256 }, (_, byte) => byte) },
        map: { M: { 'a.b': { L: [{ BOOL: true }, { NULL: true }, { S: '' }, { S: 'Zürich 🚦' }] } } },
      };
      await put(item);
      expect(await read('types')).toEqual(item);
    });

    it('takes an item of 400 KB and refuses one byte more', async () => {
      const names = 'id'.length + 'at'.length + 'bytes'.length;
      // A number takes a byte and one more for each two digits; zero takes one.
      const keyBytes = names + 'size'.length + 1;
      const itemOf = (bytes: number): Item => ({ ...key('size'), bytes: { B: new Uint8Array(bytes - keyBytes) } });
      await put(itemOf(ITEM_BYTES_MAX));
      await expect(put(itemOf(ITEM_BYTES_MAX + 1))).rejects.toMatchObject({ name: 'ValidationException' });
    });
  });

  describe('batches', () => {
    it('reads 100 keys at once, strongly consistent, leaves out what is absent, and refuses 101', async () => {
      const keys = Array.from({ length: 101 }, (_, index) => key(`batch-${index}`));
      for (let start = 0; start < 99; start += 25) {
        await writeBatch(keys.slice(start, Math.min(start + 25, 99)));
      }
      const readBatch = (count: number) =>
        client.send(
          new BatchGetItemCommand({
            RequestItems: { [tableName]: { Keys: keys.slice(0, count), ConsistentRead: true } },
          }),
        );
      const found = (await readBatch(100)).Responses?.[tableName] ?? [];
      expect(new Set(found.map(({ id }) => id?.S))).toEqual(new Set(keys.slice(0, 99).map(({ id }) => id?.S)));
      await expect(readBatch(101)).rejects.toMatchObject({ name: 'ValidationException' });
    });

    it('refuses a batch of 26 writes', async () => {
      await expect(writeBatch(Array.from({ length: 26 }, (_, index) => key(`many-${index}`)))).rejects.toMatchObject({
        name: 'ValidationException',
      });
    });

    it('returns what exceeds 16 MB as unprocessed keys, and all of it when asked again', async () => {
      const ids = Array.from({ length: 44 }, (_, index) => `large-${index}`);
      await Promise.all(ids.map((id) => put({ ...key(id), bytes: { B: new Uint8Array(390_000) } })));
      const found: (string | undefined)[] = [];
      let unprocessed: Item[] = ids.map((id) => key(id));
      let rounds = 0;
      for (; unprocessed.length > 0 && rounds < 40; rounds++) {
        const answer = await client.send(
          new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: unprocessed, ConsistentRead: true } } }),
        );
        found.push(...(answer.Responses?.[tableName] ?? []).map(({ id }) => id?.S));
        unprocessed = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
      }
      expect(rounds).toBeGreaterThan(1);
      expect(found).toHaveLength(ids.length);
      expect(new Set(found)).toEqual(new Set(ids));
    });
  });

  describe('batches of PartiQL statements', () => {
    const insert = (id: string, version: string) => ({
      Statement: `INSERT INTO "${tableName}" VALUE {'id': ?, 'at': ?, 'version': ?}`,
      Parameters: [...Object.values(key(id)), { N: version }],
    });
    const update = (id: string, expected: string, registers: AttributeValue) => ({
      Statement: `UPDATE "${tableName}" SET "version"=? SET "zone"=? SET "registers"=? WHERE "id"=? AND "at"=? AND "version"=?`,
      Parameters: [
        { N: String(Number(expected) + 1) },
        { S: 'centre' },
        registers,
        ...Object.values(key(id)),
        { N: expected },
      ],
    });
    const run = async (...statements: ReturnType<typeof insert>[]) => {
      const { Responses: responses } = await client.send(new BatchExecuteStatementCommand({ Statements: statements }));
      return responses?.map(({ Error: error }) => error?.Code);
    };

    it('inserts an item only where none stands', async () => {
      expect(await run(insert('ql-once', '1'), insert('ql-other', '1'))).toEqual([undefined, undefined]);
      expect(await run(insert('ql-once', '2'))).toEqual(['DuplicateItem']);
      expect((await read('ql-once'))?.version).toEqual({ N: '1' });
    });

    it('updates on a condition, each statement for itself', async () => {
      await run(insert('ql-1', '1'), insert('ql-2', '5'), insert('ql-3', '1'));
      const registers = { M: { intensity: { M: { cam: { M: { t: { N: UINT64_MAX }, f: { SS: ['late'] } } } } } } };
      expect(
        await run(
          update('ql-1', '1', registers),
          update('ql-2', '1', registers),
          update('ql-missing', '1', registers),
          update('ql-3', '1', registers),
        ),
      ).toEqual([undefined, 'ConditionalCheckFailed', 'ConditionalCheckFailed', undefined]);
      expect(await read('ql-1')).toEqual({ ...key('ql-1'), version: { N: '2' }, zone: { S: 'centre' }, registers });
      expect((await read('ql-2'))?.version).toEqual({ N: '5' });
      expect(await read('ql-missing')).toBeUndefined();
    });

    it('refuses the item that is too large and writes its neighbour', async () => {
      await run(insert('ql-large', '1'), insert('ql-small', '1'));
      const outcome = await run(
        update('ql-large', '1', { S: 'x'.repeat(ITEM_BYTES_MAX) }),
        update('ql-small', '1', { S: 'x' }),
      );
      expect(outcome).toEqual(['ValidationError', undefined]);
      expect((await read('ql-small'))?.version).toEqual({ N: '2' });
    });

    it('lets exactly one of many concurrent writers of a version win', async () => {
      await run(insert('ql-race', '1'));
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, writer) => run(update('ql-race', '1', { N: String(writer) }))),
      );
      const winners = outcomes.flatMap(([code] = [], writer) => (code === undefined ? [writer] : []));
      expect(winners).toHaveLength(1);
      expect((await read('ql-race'))?.registers).toEqual({ N: String(winners[0]) });
    });

    it('takes 25 statements and not 26', async () => {
      const many = (count: number) => Array.from({ length: count }, (_, index) => insert(`ql-${count}-${index}`, '1'));
      expect(await run(...many(25))).toHaveLength(25);
      await expect(run(...many(26))).rejects.toMatchObject({ name: 'ValidationException' });
      expect(await read('ql-26-0')).toBeUndefined();
    });
  });

  describe('queries', () => {
    it('sorts by number, not by text, in both directions', async () => {
      const stamps = ['9', '10', '-1', '0', UINT64_MAX, '18446744073709551614', '0.5'];
      await writeBatch(stamps.map((at) => key('sorted', at)));
      const ascending = ['-1', '0', '0.5', '9', '10', '18446744073709551614', UINT64_MAX];
      expect(await stampsOf('sorted', true)).toEqual(ascending);
      expect(await stampsOf('sorted', false)).toEqual(ascending.toReversed());
    });

    it('pages without loss or repetition, and takes part of a range', async () => {
      const all = Array.from({ length: 23 }, (_, at) => String(at));
      await writeBatch(all.map((at) => key('paged', at)));
      const pages: string[][] = [];
      let from: Item | undefined;
      do {
        const page = await client.send(
          new QueryCommand({
            TableName: tableName,
            KeyConditionExpression: 'id = :id AND #at BETWEEN :first AND :last',
            ExpressionAttributeNames: { '#at': 'at' },
            ExpressionAttributeValues: { ':id': { S: 'paged' }, ':first': { N: '1' }, ':last': { N: '21' } },
            Limit: 10,
            ConsistentRead: true,
            ...(from && { ExclusiveStartKey: from }),
          }),
        );
        pages.push((page.Items ?? []).map(({ at }) => at?.N ?? ''));
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
      expect(pages.flat()).toEqual(all.slice(1, 22));
      expect(pages.every((page) => page.length <= 10)).toBe(true);
    });

    it('ends a page at 1 MB', async () => {
      const stamps = [0, 1, 2, 3];
      await Promise.all(stamps.map((at) => put({ ...key('megabyte', at), bytes: { B: new Uint8Array(350_000) } })));
      const page = await client.send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'id = :id',
          ExpressionAttributeValues: { ':id': { S: 'megabyte' } },
        }),
      );
      expect(page.Items?.length).toBeLessThan(stamps.length);
      expect(page.LastEvaluatedKey).toBeDefined();
    });
  });

  describe('a secondary index', () => {
    const inZone = async (zone: string): Promise<Item[]> => {
      const answer = await client.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: 'byZone',
          KeyConditionExpression: '#zone = :zone',
          ExpressionAttributeNames: { '#zone': 'zone' },
          ExpressionAttributeValues: { ':zone': { S: zone } },
        }),
      );
      return answer.Items ?? [];
    };

    it('holds keys and what is projected, only for items that have its key, and follows an update', async () => {
      await put({ ...key('indexed', 1), zone: { S: 'north' }, kind: { S: 'pump' }, secret: { S: 'not projected' } });
      await put({ ...key('unindexed', 2), kind: { S: 'pump' } });
      const projected = { ...key('indexed', 1), zone: { S: 'north' }, kind: { S: 'pump' } };
      await expect.poll(() => inZone('north'), { timeout: 10_000 }).toEqual([projected]);

      await client.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: key('indexed', 1),
          UpdateExpression: 'SET #zone = :zone',
          ExpressionAttributeNames: { '#zone': 'zone' },
          ExpressionAttributeValues: { ':zone': { S: 'south' } },
        }),
      );
      await expect.poll(() => inZone('south'), { timeout: 10_000 }).toEqual([{ ...projected, zone: { S: 'south' } }]);
      await expect.poll(() => inZone('north'), { timeout: 10_000 }).toEqual([]);
    });

    it('refuses a strongly consistent read', async () => {
      await expect(
        client.send(
          new QueryCommand({
            TableName: tableName,
            IndexName: 'byZone',
            ConsistentRead: true,
            KeyConditionExpression: '#zone = :zone',
            ExpressionAttributeNames: { '#zone': 'zone' },
            ExpressionAttributeValues: { ':zone': { S: 'north' } },
          }),
        ),
      ).rejects.toMatchObject({ name: 'ValidationException' });
    });
  });

  async function writeBatch(items: readonly Item[]): Promise<void> {
    await client.send(
      new BatchWriteItemCommand({
        RequestItems: { [tableName]: items.map((item) => ({ PutRequest: { Item: item } })) },
      }),
    );
  }

  async function stampsOf(id: string, forward: boolean): Promise<(string | undefined)[]> {
    const answer = await client.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'id = :id',
        ExpressionAttributeValues: { ':id': { S: id } },
        ScanIndexForward: forward,
        ConsistentRead: true,
      }),
    );
    return (answer.Items ?? []).map(({ at }) => at?.N);
  }
}
