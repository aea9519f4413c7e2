import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { AssetRegistry } from '../../core/ports.ts';
import type { RegisteredAsset } from '../../core/schema/city-config.ts';
import { readAll } from './dynamodb-batch-get.ts';

/** How long a row, or the lack of one, is believed before it is read again. */
const ROW_MAX_AGE_MS = 60_000;
/** Above this many rows the cache starts over: a function's memory is bounded, a city's assets are not. */
const ROWS_MAX = 50_000;

interface CachedRow {
  readonly asset: RegisteredAsset | undefined;
  readonly readAtMs: number;
}

export interface AssetRegistryOptions {
  readonly tableName: string;
  readonly nowMs: () => number;
  readonly rowsMax?: number;
}

export function dynamodbAssetRegistry(
  dynamodb: DynamoDBClient,
  { tableName, nowMs, rowsMax = ROWS_MAX }: AssetRegistryOptions,
): AssetRegistry {
  const rows = new Map<string, CachedRow>();
  return {
    async find(assetIds) {
      const readAtMs = nowMs();
      // Taken out of the cache before it may start over: an asset that were lost here would pass for unregistered.
      const assets = new Map<string, RegisteredAsset>();
      const unknown: string[] = [];
      for (const assetId of assetIds) {
        const row = rows.get(assetId);
        if (!row || readAtMs - row.readAtMs > ROW_MAX_AGE_MS) unknown.push(assetId);
        else if (row.asset) assets.set(assetId, row.asset);
      }
      if (unknown.length === 0) return assets;
      const found = await readRows(dynamodb, tableName, unknown);
      for (const [assetId, asset] of found) assets.set(assetId, asset);
      for (const assetId of unknown) {
        if (rows.size >= rowsMax && !rows.has(assetId)) rows.clear();
        rows.set(assetId, { asset: found.get(assetId), readAtMs });
      }
      return assets;
    },
  };
}

/** Writes an asset of the configuration, unless an operator has edited its row. */
export async function seedAsset(
  dynamodb: DynamoDBClient,
  tableName: string,
  assetId: string,
  asset: RegisteredAsset,
): Promise<'seeded' | 'kept-edited'> {
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: tableName,
        Item: assetItem(assetId, asset),
        ConditionExpression: 'attribute_not_exists(assetId) OR origin = :config',
        ExpressionAttributeValues: { ':config': { S: 'config' } },
      }),
    );
    return 'seeded';
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'kept-edited';
    throw error;
  }
}

async function readRows(
  dynamodb: DynamoDBClient,
  tableName: string,
  assetIds: readonly string[],
): Promise<Map<string, RegisteredAsset>> {
  const items = await readAll(dynamodb, tableName, assetIds, { consistent: false });
  return new Map(items.map((item) => [item['assetId']?.S ?? '', assetOf(item)]));
}

type Item = Record<string, AttributeValue>;

function assetItem(assetId: string, { assetType, zone, position, sources, attestation }: RegisteredAsset): Item {
  const item: Item = {
    assetId: { S: assetId },
    origin: { S: 'config' },
    assetType: { S: assetType },
    zone: { S: zone },
  };
  if (sources) item['sources'] = { L: sources.map((source) => ({ S: source })) };
  if (attestation) item['attestation'] = { S: attestation };
  if (position) {
    const degrees = Object.entries(position).map(([name, value]) => [name, { N: String(value) }] as const);
    item['position'] = { M: Object.fromEntries(degrees) };
  }
  return item;
}

function assetOf(item: Item): RegisteredAsset {
  const position = item['position']?.M;
  const sources = item['sources']?.L;
  return {
    assetType: item['assetType']?.S ?? '',
    zone: item['zone']?.S ?? '',
    ...(sources ? { sources: sources.flatMap(({ S }) => S ?? []) } : {}),
    ...(item['attestation']?.S === 'required' ? { attestation: 'required' } : {}),
    ...(position
      ? {
          position: {
            longitude: Number(position['longitude']?.N),
            latitude: Number(position['latitude']?.N),
            ...(position['altitude'] ? { altitude: Number(position['altitude'].N) } : {}),
          },
        }
      : {}),
  };
}
