import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deltaOf, emptyTwin, merge } from '../../../core/twin/join.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import { InvalidCursorError } from '../../../lambdas/shared/cursor.ts';
import { dynamodbTwinStore } from '../../../lambdas/shared/dynamodb-twin-store.ts';
import { fromTwinItem, toTwinItem } from '../../../lambdas/shared/twin-item.ts';
import { observationOf, twins } from '../../core/twin/arbitraries.ts';
import { startTables, type Tables, TWINS_TABLE } from './tables.ts';

const TABLE = 'twins';
let tables: Tables;

beforeAll(async () => {
  tables = await startTables();
  await tables.create({ TableName: TABLE, ...TWINS_TABLE });
});
afterAll(() => tables.close());

describe('a twin as an item', () => {
  it('comes back as it was, whatever its registers and floors', () => {
    fc.assert(
      fc.property(twins, fc.nat(), (twin, version) => {
        expect(fromTwinItem(toTwinItem(twin, version))).toEqual({ twin, version });
      }),
    );
  });

  it('keeps every digit of a uint64 stamp through the table', async () => {
    const stamp = 18_446_744_073_709_551_615n;
    const store = dynamodbTwinStore(tables.client, TABLE);
    const twin = deltaOf(observationOf({ assetId: 'digits', stamp }));
    await store.write(twin, 0);
    const { Item: item } = await tables.client.send(
      new GetItemCommand({ TableName: TABLE, Key: { assetId: { S: 'digits' } } }),
    );
    expect(item?.['registers']?.M?.['intensity']?.M?.['cam-1']?.M?.['t']).toEqual({ N: '18446744073709551615' });
    expect((await store.read(['digits'])).get('digits')?.twin).toEqual(twin);
  });

  it('is refused when its format is not known', () => {
    const item = toTwinItem(emptyTwin('a', 'ParkingSpot', 'centre', true), 1);
    expect(() => fromTwinItem({ ...item, format: { N: '2' } })).toThrow('twin a: format 2, expected 1');
  });

  it('fits one write unit with four attributes seen by two sources', () => {
    const nowMs = Date.UTC(2026, 10, 21);
    const observations = ['gate-counter-north', 'ramp-camera-snow-hill'].map((source, place) =>
      observationOf({
        assetId: 'market-hall',
        source,
        stamp: stampOf(nowMs, place),
        receivedAtMs: nowMs + 120,
        attributes: new Map([
          ['totalSpotNumber', 577],
          ['occupiedSpotNumber', 61],
          ['availableSpotNumber', 516],
          ['occupancy', 0.105],
        ]),
      }),
    );
    const { twin } = merge(emptyTwin('market-hall', 'OffStreetParking', 'centre', true), observations);
    expect(itemBytes(toTwinItem(twin, 1234))).toBeLessThanOrEqual(1024);
  });
});

describe('the twin store', () => {
  it('writes a version only over the one that was read', async () => {
    const store = dynamodbTwinStore(tables.client, TABLE);
    const twin = emptyTwin('raced', 'ParkingSpot', 'centre', true);
    expect(await store.write(twin, 0)).toBe('written');
    expect(await store.write(twin, 0)).toBe('race-lost');
    expect(await store.write(twin, 1)).toBe('written');
    expect(await store.write(twin, 1)).toBe('race-lost');
    expect((await store.read(['raced'])).get('raced')?.version).toBe(2);
  });

  it('says what the table will never take, and keeps what stood there', async () => {
    const store = dynamodbTwinStore(tables.client, TABLE);
    const crowd = Array.from({ length: 15_000 }, (_, index) =>
      observationOf({ assetId: 'flooded', source: `forged-name-${index}`, stamp: stampOf(0, index) }),
    );
    const before = merge(emptyTwin('flooded', 'TrafficFlowObserved', 'north', false), crowd.slice(0, 10)).twin;
    expect(await store.write(before, 0)).toBe('written');
    const { twin } = merge(before, crowd);
    expect(await store.write(twin, 1)).toEqual({ refused: expect.stringContaining('size') });
    const beyondNumbers = observationOf({ assetId: 'flooded', attributes: new Map([['intensity', 1e300]]) });
    expect(await store.write(merge(before, [beyondNumbers]).twin, 1)).toEqual({
      refused: expect.stringContaining('verflow'),
    });
    expect((await store.read(['flooded'])).get('flooded')).toEqual({ twin: before, version: 1 });
  });

  it('lets a twin that is refused cost none of those that are written beside it', async () => {
    const store = dynamodbTwinStore(tables.client, TABLE);
    const reading = (assetId: string, intensity: number) =>
      deltaOf(observationOf({ assetId, attributes: new Map([['intensity', intensity]]) }));
    const written = await Promise.all([
      store.write(reading('beside-1', 1), 0),
      store.write(reading('overflowing', 1e300), 0),
      store.write(reading('beside-2', 1), 0),
    ]);
    expect(written).toEqual(['written', { refused: expect.stringContaining('verflow') }, 'written']);
  });

  it('reads more than a hundred assets, each once, and leaves out those that are not there', async () => {
    const store = dynamodbTwinStore(tables.client, TABLE);
    const ids = Array.from({ length: 230 }, (_, index) => `many-${index}`);
    await Promise.all(ids.map((id) => store.write(emptyTwin(id, 'Streetlight', 'many', true), 0)));
    const read = await store.read([...ids, ...ids, 'absent']);
    expect([...read.keys()].toSorted()).toEqual(ids.toSorted());
  });

  it.each([
    ['zone', { zone: 'many' }],
    ['type and zone', { assetType: 'Streetlight', zone: 'many' }],
  ])('lists by %s in pages that neither repeat nor skip', async (_, query) => {
    const store = dynamodbTwinStore(tables.client, TABLE);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list({ ...query, limit: 70, ...(cursor ? { cursor } : {}) });
      seen.push(...page.twins.map(({ twin }) => twin.assetId));
      cursor = page.cursor;
    } while (cursor);
    expect(seen).toHaveLength(230);
    expect(new Set(seen).size).toBe(230);
  });

  it('lists by type alone, and everything without a query', async () => {
    const store = dynamodbTwinStore(tables.client, TABLE);
    const spots = await store.list({ assetType: 'ParkingSpot', limit: 10 });
    expect(spots.twins.map(({ twin }) => twin.assetId)).toContain('raced');
    const all = await store.list({ limit: 300 });
    expect(all.twins.length).toBeGreaterThan(230);
  });

  it.each([
    '',
    'no cursor',
    '7',
    '{"a":1}',
    '{"assetId":{"S":"many-1"},"zone":{"S":"many"}}',
    '{"assetId":"many-1"}',
    '{"assetId":"many-1","zone":7}',
    '{"assetId":"many-1","zone":"elsewhere"}',
    '{"assetId":"many-1","zone":"many","assetType":"Streetlight"}',
    '{"assetId":"","zone":"many"}',
    '["many-1","many"]',
  ])('refuses the forged cursor %s', async (content) => {
    const store = dynamodbTwinStore(tables.client, TABLE);
    const cursor = Buffer.from(content).toString('base64url');
    const listing = store.list({ zone: 'many', limit: 10, cursor: cursor || 'x' });
    await expect(listing).rejects.toBeInstanceOf(InvalidCursorError);
  });

  it('says what stands in the table under an older layout instead of guessing', async () => {
    await tables.client.send(
      new PutItemCommand({ TableName: TABLE, Item: { assetId: { S: 'old' }, format: { N: '0' } } }),
    );
    await expect(dynamodbTwinStore(tables.client, TABLE).read(['old'])).rejects.toThrow(
      'twin old: format 0, expected 1',
    );
  });
});

/**
 * Size as DynamoDB counts it (developer guide, "DynamoDB item sizes and formats"): UTF-8 bytes of names and strings; a
 * number a byte per two significant digits and one more; a map or list three bytes and one more an element.
 */
function itemBytes(item: Readonly<Record<string, object>>): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: object): number {
  const [[kind, content] = ['', '']] = Object.entries(value) as [string, unknown][];
  switch (kind) {
    case 'S':
      return Buffer.byteLength(content as string);
    case 'N':
      return Math.ceil((content as string).replace(/^-?0*\.?0*|\./g, '').length / 2) + 1;
    case 'BOOL':
      return 1;
    case 'SS':
      return (content as string[]).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    case 'M': {
      const map = content as Record<string, object>;
      return 3 + Object.keys(map).length + itemBytes(map);
    }
    default:
      throw new Error(`no size known for ${kind}`);
  }
}
