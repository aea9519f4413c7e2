import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { ProvisioningList } from './provision.ts';

interface ProvisioningListOptions {
  readonly tableName: string;
  readonly nowMs: () => number;
}

/** Items that operators write: `serialNumber`, `thingName`, `zone`, `assetType`, `assetId`; the hook adds who claimed one. */
export function dynamodbProvisioningList(
  dynamodb: DynamoDBClient,
  { tableName, nowMs }: ProvisioningListOptions,
): ProvisioningList {
  const keyOf = (serialNumber: string) => ({ TableName: tableName, Key: { serialNumber: { S: serialNumber } } });
  return {
    async find(serialNumber) {
      const { Item } = await dynamodb.send(new GetItemCommand({ ...keyOf(serialNumber), ConsistentRead: true }));
      if (!Item) return undefined;
      const textOf = (name: string): string => Item[name]?.S ?? '';
      return {
        thingName: textOf('thingName'),
        zone: textOf('zone'),
        assetType: textOf('assetType'),
        assetId: textOf('assetId'),
      };
    },
    async claim(serialNumber, certificateId) {
      try {
        await dynamodb.send(
          new UpdateItemCommand({
            ...keyOf(serialNumber),
            UpdateExpression: 'SET certificateId = :certificate, claimedAtMs = :now',
            // AWS IoT Core may ask twice about one certificate.
            ConditionExpression:
              'attribute_exists(serialNumber) AND (attribute_not_exists(certificateId) OR certificateId = :certificate)',
            ExpressionAttributeValues: { ':certificate': { S: certificateId }, ':now': { N: String(nowMs()) } },
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
}
