import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Leaf } from '../../core/sync/frame.ts';
import { readAll } from '../shared/dynamodb-batch-get.ts';
import { fromTwinItem } from '../shared/twin-item.ts';
import type { Names } from './dynamodb-lanes.ts';

/** The highest dots that the twins' contexts hold of what a lane has named. */
export type ReadHeard = (gateway: string, names: Names) => Promise<readonly Leaf[]>;

/** Eventually consistent: what is younger than the merge's grace is no difference anyway. */
export function dynamodbHeard(dynamodb: DynamoDBClient, twinsTable: string): ReadHeard {
  return async (gateway, names) => {
    const items = await readAll(dynamodb, twinsTable, [...names.keys()], { consistent: false });
    const twins = new Map(items.map((item) => fromTwinItem(item).twin).map((twin) => [twin.assetId, twin]));
    const leaves: Leaf[] = [];
    for (const [assetId, of] of names) {
      for (const name of of) {
        const [attribute = '', sensor = ''] = name.split('/');
        const entry = twins.get(assetId)?.registers.get(attribute)?.get(`${gateway}/${sensor}`);
        if (entry) leaves.push({ assetId, attribute, sensor, stamp: entry.stamp });
      }
    }
    return leaves;
  };
}
