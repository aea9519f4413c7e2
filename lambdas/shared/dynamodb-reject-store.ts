import { type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { ListedReading, RejectQuery, RejectStore } from '../../core/ports.ts';
import { QUARANTINE_REASONS, type Reason, REJECT_REASONS } from '../../core/reason.ts';
import { forEachConcurrently } from './concurrency.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { packIdFrom, packRejects, type RejectPack, unpackRejects } from './reject-pack.ts';

const REASONS: readonly Reason[] = [...REJECT_REASONS, ...QUARANTINE_REASONS];
const WRITES_IN_FLIGHT_MAX = 8;
const DAY_S = 24 * 60 * 60;

/** Where a page ended: after the reading `place` of the pack `packId`. */
interface Position {
  readonly reason: Reason;
  readonly packId: string;
  readonly place: number;
}

export interface RejectStoreOptions {
  readonly tableName: string;
  readonly retentionDays: number;
  readonly nowMs: () => number;
}

export function dynamodbRejectStore(
  dynamodb: DynamoDBClient,
  { tableName, retentionDays, nowMs }: RejectStoreOptions,
): RejectStore {
  const nowS = (): number => Math.floor(nowMs() / 1000);

  /** The readings of one reason, pack after pack, from a position or a time on. */
  async function* readingsOf(reason: Reason, fromMs: number, after?: Position): AsyncGenerator<ListedReading> {
    let startKey: RejectPack | undefined;
    do {
      const { Items: packs = [], LastEvaluatedKey: next } = await dynamodb.send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'reason = :reason AND packId >= :from',
          // DynamoDB may take days to remove what has expired.
          FilterExpression: 'expiresAt > :now',
          ExpressionAttributeValues: {
            ':reason': { S: reason },
            ':from': { S: after?.packId ?? packIdFrom(reason, fromMs) },
            ':now': { N: String(nowS()) },
          },
          ...(startKey ? { ExclusiveStartKey: startKey } : {}),
        }),
      );
      for (const pack of packs) {
        const skipped = pack['packId']?.S === after?.packId ? (after?.place ?? -1) + 1 : 0;
        yield* unpackRejects(pack).slice(skipped);
      }
      startKey = next;
    } while (startKey);
  }

  return {
    async keep(readings) {
      const packs = packRejects(readings, nowS() + retentionDays * DAY_S);
      await forEachConcurrently(packs, WRITES_IN_FLIGHT_MAX, async (pack) => {
        await dynamodb.send(new PutItemCommand({ TableName: tableName, Item: pack }));
      });
    },

    async list({ reason, fromMs = 0, limit, cursor }: RejectQuery) {
      const after = cursor ? decodeCursor<Position>(cursor) : undefined;
      const reasons = reason ? [reason] : REASONS.slice(after ? REASONS.indexOf(after.reason) : 0);
      const readings: ListedReading[] = [];
      for (const each of reasons) {
        for await (const reading of readingsOf(each, fromMs, after?.reason === each ? after : undefined)) {
          if (readings.length === limit) return { readings, cursor: encodeCursor(positionOf(readings)) };
          readings.push(reading);
        }
      }
      return { readings };
    },
  };
}

function positionOf(readings: readonly ListedReading[]): Position {
  const last = readings.at(-1);
  if (!last) throw new Error('a page that ends early holds at least one reading');
  const hash = last.id.lastIndexOf('#');
  return { reason: last.reason, packId: last.id.slice(0, hash), place: Number(last.id.slice(hash + 1)) };
}
