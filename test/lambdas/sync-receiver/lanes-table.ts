import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/** The keys and the index of the lanes table. */
export const LANES_TABLE: Pick<
  CreateTableCommandInput,
  'AttributeDefinitions' | 'KeySchema' | 'GlobalSecondaryIndexes'
> = {
  AttributeDefinitions: ['lane', 'item', 'waitingId'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [
    { AttributeName: 'lane', KeyType: 'HASH' },
    { AttributeName: 'item', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'waiting',
      KeySchema: [{ AttributeName: 'waitingId', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
};
