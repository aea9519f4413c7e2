import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import type { RedriveState } from '../../core/ports.ts';
import type { Reason } from '../../core/reason.ts';

/**
 * Who has put which kept reading back in. A mark is an item of its own beside the packs, in the partition
 * `redrive:{reason}` under the reading's id, so that a batch that is retried may write its packs again and touches no
 * mark, and the marks of a page of a list stand in the page's order.
 */
export interface RedriveMarks {
  /** Reading id in the list → its state, of those between two ids, both included, that have a mark. */
  between(reason: Reason, firstId: string, lastId: string): Promise<ReadonlyMap<string, RedriveState>>;
  claim(reason: Reason, id: string): Promise<boolean>;
  settle(reason: Reason, id: string): Promise<void>;
}

/** Longer than any redrive can run (the API's function ends after 15 s): its claimant has died. */
export const CLAIM_LAPSES_MS = 60_000;

interface RedriveMarksOptions {
  readonly tableName: string;
  readonly expiresAtS: () => number;
  readonly nowMs: () => number;
}

export function redriveMarks(
  dynamodb: DynamoDBClient,
  { tableName, expiresAtS, nowMs }: RedriveMarksOptions,
): RedriveMarks {
  const markItem = (reason: Reason, id: string, state: RedriveState) => ({
    reason: { S: partitionOf(reason) },
    packId: { S: id },
    status: { S: state },
    at: { N: String(nowMs()) },
    expiresAt: { N: String(expiresAtS()) },
  });

  return {
    async between(reason, firstId, lastId) {
      const states = new Map<string, RedriveState>();
      let next: QueryCommandOutput['LastEvaluatedKey'];
      do {
        const page: QueryCommandOutput = await dynamodb.send(
          new QueryCommand({
            TableName: tableName,
            KeyConditionExpression: 'reason = :partition AND packId BETWEEN :first AND :last',
            ExpressionAttributeValues: {
              ':partition': { S: partitionOf(reason) },
              ':first': { S: firstId },
              ':last': { S: lastId },
            },
            // A list that is asked for right after a redrive shows it.
            ConsistentRead: true,
            ...(next ? { ExclusiveStartKey: next } : {}),
          }),
        );
        for (const { packId, status } of page.Items ?? []) {
          states.set(packId?.S ?? '', status?.S === 'redriven' ? 'redriven' : 'redriving');
        }
        next = page.LastEvaluatedKey;
      } while (next);
      return states;
    },

    async claim(reason, id) {
      try {
        await dynamodb.send(
          new PutItemCommand({
            TableName: tableName,
            Item: markItem(reason, id, 'redriving'),
            ConditionExpression: 'attribute_not_exists(packId) OR (#status = :redriving AND #at < :lapsed)',
            ExpressionAttributeNames: { '#status': 'status', '#at': 'at' },
            ExpressionAttributeValues: {
              ':redriving': { S: 'redriving' },
              ':lapsed': { N: String(nowMs() - CLAIM_LAPSES_MS) },
            },
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },

    async settle(reason, id) {
      await dynamodb.send(new PutItemCommand({ TableName: tableName, Item: markItem(reason, id, 'redriven') }));
    },
  };
}

function partitionOf(reason: Reason): string {
  return `redrive:${reason}`;
}
