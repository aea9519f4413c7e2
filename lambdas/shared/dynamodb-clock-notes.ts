import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { ClockNotes } from '../../core/ports.ts';
import type { ReadingsBehind } from '../../core/twin/behind-clock.ts';
import { clockNoteKey, NOTE_LIFE_MS } from './clock-note-item.ts';
import { forEachConcurrently } from './concurrency.ts';
import { unlessRefused } from './dynamodb-condition.ts';

/** A source that goes on being behind is noted so often by one function, not with every reading. */
export const NOTE_INTERVAL_MS = 5 * 60 * 1000;
/** Beyond it a function forgets what it has noted, and notes it again. */
const REMEMBERED_MAX = 10_000;
const WRITES_IN_FLIGHT_MAX = 16;

/** @param tableName the table of reviews */
export function dynamodbClockNotes(dynamodb: DynamoDBClient, tableName: string): Pick<ClockNotes, 'note'> {
  /** Asset and source → receipt of what was noted last. */
  const noted = new Map<string, number>();

  const put = async ({ assetId, source, receivedAtMs, offsetMs }: ReadingsBehind): Promise<void> => {
    const updated = dynamodb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: clockNoteKey(assetId, source),
        UpdateExpression: 'SET receivedAtMs = :receivedAtMs, offsetMs = :offsetMs, expiresAt = :expiresAt',
        ConditionExpression: 'attribute_not_exists(receivedAtMs) OR receivedAtMs < :receivedAtMs',
        ExpressionAttributeValues: {
          ':receivedAtMs': { N: String(receivedAtMs) },
          ':offsetMs': { N: String(offsetMs) },
          ':expiresAt': { N: String(Math.ceil((receivedAtMs + NOTE_LIFE_MS) / 1000)) },
        },
      }),
    );
    await unlessRefused(updated);
    if (noted.size >= REMEMBERED_MAX) noted.clear();
    noted.set(`${assetId}/${source}`, receivedAtMs);
  };

  return {
    async note(behind) {
      const isNews = ({ assetId, source, receivedAtMs }: ReadingsBehind) =>
        receivedAtMs - (noted.get(`${assetId}/${source}`) ?? -Infinity) >= NOTE_INTERVAL_MS;
      await forEachConcurrently(behind.filter(isNews), WRITES_IN_FLIGHT_MAX, put);
    },
  };
}
