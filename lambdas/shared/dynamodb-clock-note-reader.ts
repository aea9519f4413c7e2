import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ClockNotes } from '../../core/ports.ts';
import { clockNoteKey, fromClockNoteItem, NOTE_LIFE_MS } from './clock-note-item.ts';
import { readItems } from './dynamodb-batch-get.ts';

export interface ClockNoteReaderOptions {
  /** The table of reviews. */
  readonly tableName: string;
  readonly nowMs: () => number;
}

/** For those that only read them. */
export function dynamodbClockNoteReader(
  dynamodb: DynamoDBClient,
  { tableName, nowMs }: ClockNoteReaderOptions,
): Pick<ClockNotes, 'read'> {
  return {
    async read(assetId, sources) {
      const keys = sources.map((source) => clockNoteKey(assetId, source));
      const items = await readItems(dynamodb, tableName, keys, { consistent: false });
      // DynamoDB deletes what has expired within days.
      const believedFromMs = nowMs() - NOTE_LIFE_MS;
      return new Map(items.map(fromClockNoteItem).filter(([, { receivedAtMs }]) => receivedAtMs > believedFromMs));
    },
  };
}
