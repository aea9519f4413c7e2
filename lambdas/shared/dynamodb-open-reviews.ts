import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import type { OpenReviews, ReviewKey, Settlement, StoredReview } from '../../core/ports.ts';
import { isName } from '../../core/schema/names.ts';
import { decodeCursor, encodeCursor, InvalidCursorError } from './cursor.ts';
import { unlessRefused } from './dynamodb-condition.ts';
import { fromReviewItem, keyItem, type ReviewItem } from './review-item.ts';

/** Only what is open has its key. */
const OPEN_INDEX = 'open';
const DAY_S = 24 * 60 * 60;

export interface OpenReviewsOptions {
  readonly tableName: string;
  /** How long it is remembered who decided what, by which key and why. */
  readonly settlementDays: number;
  readonly nowMs: () => number;
}

export function dynamodbOpenReviews(
  dynamodb: DynamoDBClient,
  { tableName, settlementDays, nowMs }: OpenReviewsOptions,
): OpenReviews {
  const read = async (key: ReviewItem): Promise<ReviewItem | undefined> => {
    const { Item: item } = await dynamodb.send(
      new GetItemCommand({ TableName: tableName, Key: key, ConsistentRead: true }),
    );
    return item;
  };

  return {
    /** The index follows the table by a moment, so what it finds is looked at in the table. */
    async find(id) {
      const { Items: [indexed] = [] } = await dynamodb.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: OPEN_INDEX,
          KeyConditionExpression: 'openId = :id',
          ExpressionAttributeValues: { ':id': { S: id } },
          Limit: 1,
        }),
      );
      if (!indexed) return 'unknown';
      const item = await read(keyItem(fromReviewItem(indexed)));
      const review = item && fromReviewItem(item);
      return review?.id === id && review.openedAtMs !== undefined ? review : 'cleared';
    },

    async list({ limit, cursor }) {
      const { Items: items = [], LastEvaluatedKey: next } = await dynamodb.send(
        new ScanCommand({
          TableName: tableName,
          IndexName: OPEN_INDEX,
          Limit: limit,
          ...(cursor !== undefined && { ExclusiveStartKey: startKeyAt(cursor) }),
        }),
      );
      const reviews = items.map(fromReviewItem);
      return next ? { reviews, cursor: encodeCursor(namesIn(next)) } : { reviews };
    },

    async keep(review, settlement) {
      const key = settlementKey(review, settlement);
      const kept = dynamodb.send(
        new PutItemCommand({
          TableName: tableName,
          Item: {
            ...key,
            authority: { S: settlement.authority },
            key: { S: settlement.key },
            request: { S: settlement.request },
            record: { B: settlement.record },
            expiresAt: { N: String(Math.floor(nowMs() / 1000) + settlementDays * DAY_S) },
          },
          ConditionExpression: 'attribute_not_exists(assetId)',
        }),
      );
      if ((await unlessRefused(kept)).$metadata) return settlement;
      const { request, record } = (await read(key)) ?? {};
      if (request?.S === undefined || !record?.B) throw new Error(`settlement ${settlement.key} came and went`);
      return { ...settlement, request: request.S, record: record.B };
    },
  };
}

/** Beside its review: no attribute's name has a slash. */
function settlementKey({ assetId, attribute, onsetMs }: StoredReview, { authority, key }: Settlement): ReviewItem {
  return keyItem({ assetId, attribute: `${attribute}/${onsetMs}/${authority}/${key}` });
}

const CURSOR_NAMES = ['assetId', 'attribute', 'openId'] as const;

function namesIn(key: ReviewItem): Record<string, string | undefined> {
  return Object.fromEntries(CURSOR_NAMES.map((name) => [name, key[name]?.S]));
}

function startKeyAt(cursor: string): ReviewItem {
  const given = decodeCursor(cursor);
  const [assetId, attribute, openId] = CURSOR_NAMES.map((name) => given[name]);
  const isKey = Object.keys(given).length === CURSOR_NAMES.length;
  if (!isKey || !isKeyText(assetId) || !isKeyText(attribute) || !isKeyText(openId))
    throw new InvalidCursorError(cursor);
  return { ...keyItem({ assetId, attribute } satisfies ReviewKey), openId: { S: openId } };
}

/** As DynamoDB takes a key; a forged one leads to another page, and nowhere else. */
function isKeyText(value: unknown): value is string {
  return typeof value === 'string' && isName(value);
}
