import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RegisteredAsset } from '../../../core/schema/city-config.ts';
import { dynamodbAssetRegistry, seedAsset } from '../../../lambdas/shared/dynamodb-asset-registry.ts';
import { startTables, type Tables } from './tables.ts';

const TABLE = 'assets';
let tables: Tables;

beforeAll(async () => {
  tables = await startTables();
  await tables.create({
    TableName: TABLE,
    AttributeDefinitions: [{ AttributeName: 'assetId', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'assetId', KeyType: 'HASH' }],
  });
});
afterAll(() => tables.close());

const hall: RegisteredAsset = {
  assetType: 'OffStreetParking',
  zone: 'centre',
  position: { longitude: -1.8931, latitude: 52.4773, altitude: 120.5 },
  sources: ['gate', 'gateway-1/camera'],
  attestation: 'required',
};

describe('the asset registry', () => {
  it('finds what was seeded, whole, and nothing else', async () => {
    await seedAsset(tables.client, TABLE, 'market-hall', hall);
    await seedAsset(tables.client, TABLE, 'bare', { assetType: 'Vehicle', zone: 'centre' });
    const registry = dynamodbAssetRegistry(tables.client, { tableName: TABLE, nowMs: () => 0 });
    const found = await registry.find(['market-hall', 'bare', 'unknown']);
    expect(found).toEqual(
      new Map([
        ['market-hall', hall],
        ['bare', { assetType: 'Vehicle', zone: 'centre' }],
      ]),
    );
  });

  it('seeds again what the configuration changed, and leaves an edited row alone', async () => {
    expect(await seedAsset(tables.client, TABLE, 'moved', hall)).toBe('seeded');
    expect(await seedAsset(tables.client, TABLE, 'moved', { ...hall, zone: 'eastside' })).toBe('seeded');
    await tables.client.send(
      new PutItemCommand({
        TableName: TABLE,
        Item: { assetId: { S: 'edited' }, origin: { S: 'api' }, assetType: { S: 'Vehicle' }, zone: { S: 'centre' } },
      }),
    );
    expect(await seedAsset(tables.client, TABLE, 'edited', hall)).toBe('kept-edited');
    const registry = dynamodbAssetRegistry(tables.client, { tableName: TABLE, nowMs: () => 0 });
    const found = await registry.find(['moved', 'edited']);
    expect(found.get('moved')?.zone).toBe('eastside');
    expect(found.get('edited')?.assetType).toBe('Vehicle');
  });

  it('believes a row, and the lack of one, for a minute', async () => {
    let nowMs = 0;
    const registry = dynamodbAssetRegistry(tables.client, { tableName: TABLE, nowMs: () => nowMs });
    expect((await registry.find(['later'])).size).toBe(0);
    await seedAsset(tables.client, TABLE, 'later', hall);
    nowMs = 60_000;
    expect((await registry.find(['later'])).size).toBe(0);
    nowMs = 60_001;
    expect((await registry.find(['later'])).get('later')).toEqual(hall);
  });

  it('starts over above its limit, and not at it', async () => {
    const seed = (assetId: string, zone: string) => seedAsset(tables.client, TABLE, assetId, { ...hall, zone });
    const registry = dynamodbAssetRegistry(tables.client, { tableName: TABLE, nowMs: () => 0, rowsMax: 3 });
    const zonesOf = async (assetIds: readonly string[]) => [...(await registry.find(assetIds)).values()].map(zoneOf);
    await seed('limit-1', 'centre');
    await zonesOf(['limit-1']);
    await seed('limit-1', 'eastside');
    await zonesOf(['limit-2', 'limit-3']);
    expect(await zonesOf(['limit-1'])).toEqual(['centre']);
    await zonesOf(['limit-4']);
    expect(await zonesOf(['limit-1'])).toEqual(['eastside']);
  });

  it.each([3, 2, 1])(
    'answers for every asset it is asked for, also where they are more than its %d rows',
    async (rowsMax) => {
      for (const assetId of ['kept-1', 'kept-2', 'kept-3']) await seedAsset(tables.client, TABLE, assetId, hall);
      const registry = dynamodbAssetRegistry(tables.client, { tableName: TABLE, nowMs: () => 0, rowsMax });
      await registry.find(['kept-1']);
      const found = await registry.find(['kept-1', 'kept-2', 'stranger', 'kept-3']);
      expect([...found.keys()].sort()).toEqual(['kept-1', 'kept-2', 'kept-3']);
    },
  );
});

function zoneOf({ zone }: RegisteredAsset): string {
  return zone;
}
