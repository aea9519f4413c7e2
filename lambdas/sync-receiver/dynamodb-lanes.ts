import {
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { forEachConcurrently } from '../shared/concurrency.ts';
import { readItems } from '../shared/dynamodb-batch-get.ts';
import { unlessRefused } from '../shared/dynamodb-condition.ts';
import { WAITING_INDEX } from './environment.ts';
import {
  ASSET_PREFIX,
  assetKey,
  fromStateItem,
  type LaneItem,
  type LaneKey,
  laneKeyOf,
  partitionOf,
  stateKey,
  type StoredLane,
  toStateItem,
} from './lane-item.ts';

/** Asset → `{attribute}/{sensor}`: what frames have named so far. */
export type Names = ReadonlyMap<string, ReadonlySet<string>>;

export interface Lanes {
  read(keys: readonly LaneKey[]): Promise<readonly StoredLane[]>;
  /** Writes the lane's next version, unless somebody has written since it was read. */
  write(lane: StoredLane): Promise<'written' | 'race-lost'>;
  waiting(): Promise<readonly LaneKey[]>;
  names(key: LaneKey): Promise<Names>;
  addNames(key: LaneKey, names: Names): Promise<void>;
}

const WRITES_IN_FLIGHT_MAX = 16;

export function dynamodbLanes(dynamodb: DynamoDBClient, tableName: string): Lanes {
  return {
    async read(keys) {
      const items = await readItems(dynamodb, tableName, keys.map(stateKey), { consistent: true });
      const found = new Map(items.map((item) => [item['lane']?.S, item]));
      return keys.map((key) => fromStateItem(key, found.get(partitionOf(key))));
    },

    async write(lane) {
      const put = new PutItemCommand({
        TableName: tableName,
        Item: toStateItem({ ...lane, version: lane.version + 1 }),
        ...(lane.version === 0
          ? { ConditionExpression: 'attribute_not_exists(version)' }
          : {
              ConditionExpression: 'version = :version',
              ExpressionAttributeValues: { ':version': { N: String(lane.version) } },
            }),
      });
      return '$metadata' in (await unlessRefused(dynamodb.send(put))) ? 'written' : 'race-lost';
    },

    async waiting() {
      const keys: LaneKey[] = [];
      for await (const items of pages((start) =>
        dynamodb.send(new ScanCommand({ TableName: tableName, IndexName: WAITING_INDEX, ...start })),
      )) {
        keys.push(...items.map((item) => laneKeyOf(item['lane']?.S ?? '')));
      }
      return keys;
    },

    async names(key) {
      const names = new Map<string, ReadonlySet<string>>();
      const query = {
        TableName: tableName,
        KeyConditionExpression: '#lane = :lane AND begins_with(#item, :prefix)',
        ExpressionAttributeNames: { '#lane': 'lane', '#item': 'item' },
        ExpressionAttributeValues: { ':lane': { S: partitionOf(key) }, ':prefix': { S: ASSET_PREFIX } },
      };
      for await (const items of pages((start) => dynamodb.send(new QueryCommand({ ...query, ...start })))) {
        for (const { item, names: set } of items) {
          names.set((item?.S ?? '').slice(ASSET_PREFIX.length), new Set(set?.SS));
        }
      }
      return names;
    },

    async addNames(key, names) {
      await forEachConcurrently([...names], WRITES_IN_FLIGHT_MAX, async ([assetId, added]) => {
        await dynamodb.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: assetKey(key, assetId),
            UpdateExpression: 'ADD #names :added',
            ExpressionAttributeNames: { '#names': 'names' },
            ExpressionAttributeValues: { ':added': { SS: [...added] } },
          }),
        );
      });
    },
  };
}

interface Page {
  readonly Items?: LaneItem[] | undefined;
  readonly LastEvaluatedKey?: LaneItem | undefined;
}

async function* pages(read: (start: { ExclusiveStartKey?: LaneItem }) => Promise<Page>): AsyncGenerator<LaneItem[]> {
  let start: { ExclusiveStartKey?: LaneItem } | undefined = {};
  while (start) {
    const page: Page = await read(start);
    yield page.Items ?? [];
    start = page.LastEvaluatedKey && { ExclusiveStartKey: page.LastEvaluatedKey };
  }
}
