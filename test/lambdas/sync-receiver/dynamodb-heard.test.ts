import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toTwinItem } from '../../../lambdas/shared/twin-item.ts';
import { dynamodbHeard } from '../../../lambdas/sync-receiver/dynamodb-heard.ts';
import { startTables, type Tables, TWINS_TABLE } from '../shared/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
  await tables.create({ TableName: 'twins', ...TWINS_TABLE });
});
afterAll(() => tables?.close());

it('the highest dots of a lane are read off the twins’ contexts, superseded ones too, and no other’s', async () => {
  const sibling = { value: 3, receivedAtMs: 1, flags: [] };
  const twin = {
    assetId: 'garage',
    assetType: 'CarPark',
    zone: 'north',
    registered: true,
    registers: new Map([
      [
        'taken',
        new Map([
          ['gw-7/loop', { stamp: 5n, sibling }],
          ['gw-7/fused', { stamp: 4n }],
          ['gw-8/loop', { stamp: 9n, sibling }],
          ['gw-7/other', { stamp: 9n, sibling }],
        ]),
      ],
      ['temperature', new Map([['gw-7/loop', { stamp: 6n, sibling }]])],
    ]),
    floors: new Map(),
  };
  await tables.client.send(new PutItemCommand({ TableName: 'twins', Item: toTwinItem(twin, 1) }));
  const names = new Map([
    ['garage', new Set(['taken/loop', 'taken/fused', 'position/loop'])],
    ['absent', new Set(['taken/loop'])],
  ]);
  const leaf = { assetId: 'garage', attribute: 'taken' };
  expect(await dynamodbHeard(tables.client, 'twins')('gw-7', names)).toEqual([
    { ...leaf, sensor: 'loop', stamp: 5n },
    { ...leaf, sensor: 'fused', stamp: 4n },
  ]);
});
