import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Sightings } from '../../../core/ports.ts';
import { unlessRefused } from '../dynamodb-condition.ts';
import type { WindowOptions } from './dynamodb-counter-window.ts';

/** In the table of counters, under the source: one item for each asset that it speaks of. */
export function dynamodbSightings(dynamodb: DynamoDBClient, { tableName, lifeMs }: WindowOptions): Sightings {
  const keyOf = (source: string, assetId: string) => ({ signer: { S: source }, part: { S: `sighting/${assetId}` } });
  return {
    async find(source, assetId) {
      const { Item: item } = await dynamodb.send(
        new GetItemCommand({ TableName: tableName, Key: keyOf(source, assetId), ConsistentRead: true }),
      );
      if (!item) return undefined;
      const numberOf = (name: string): number => Number(item[name]?.N);
      const position = { longitude: numberOf('longitude'), latitude: numberOf('latitude') };
      return { observedAtMs: numberOf('observedAtMs'), position };
    },

    async put(source, assetId, { observedAtMs, position: { longitude, latitude } }) {
      const written = dynamodb.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: keyOf(source, assetId),
          UpdateExpression:
            'SET observedAtMs = :observedAtMs, longitude = :longitude, latitude = :latitude, expiresAt = :expiresAt',
          ConditionExpression: 'attribute_not_exists(observedAtMs) OR observedAtMs < :observedAtMs',
          ExpressionAttributeValues: {
            ':observedAtMs': { N: String(observedAtMs) },
            ':longitude': { N: String(longitude) },
            ':latitude': { N: String(latitude) },
            ':expiresAt': { N: String(Math.ceil((observedAtMs + lifeMs) / 1000)) },
          },
        }),
      );
      await unlessRefused(written);
    },
  };
}
