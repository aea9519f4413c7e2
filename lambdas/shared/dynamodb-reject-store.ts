import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { ListedReading, RedriveLedger, RejectQuery, RejectStore } from '../../core/ports.ts';
import { QUARANTINE_REASONS, type Reason, REJECT_REASONS } from '../../core/reason.ts';
import { decodeCursor, encodeCursor, InvalidCursorError } from './cursor.ts';
import { writeAll } from './dynamodb-batch-write.ts';
import { redriveMarks } from './redrive-marks.ts';
import { packIdAt, packRejects, type RejectPack, splitId, unpackRejects } from './reject-pack.ts';

const REASONS: readonly Reason[] = [...REJECT_REASONS, ...QUARANTINE_REASONS];
const DAY_S = 24 * 60 * 60;
/** What DynamoDB takes as a sort key, in UTF-8. */
const PACK_ID_BYTES_MAX = 1024;
/** Sorts behind everything that an id may go on with after its time. */
const LAST_CHARACTER = '\uffff';

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

/** Kept readings in DynamoDB, and who has put them back in. */
export function dynamodbRejectStore(
  dynamodb: DynamoDBClient,
  { tableName, retentionDays, nowMs }: RejectStoreOptions,
): RejectStore & RedriveLedger {
  const nowS = (): number => Math.floor(nowMs() / 1000);
  const expiresAtS = (): number => nowS() + retentionDays * DAY_S;
  const marks = redriveMarks(dynamodb, { tableName, expiresAtS, nowMs });

  /** The packs of one reason whose ids lie between two, both included, in order. */
  async function* packsOf(reason: Reason, firstId: string, lastId: string): AsyncGenerator<RejectPack> {
    let startKey: RejectPack | undefined;
    do {
      const { Items: packs = [], LastEvaluatedKey: next } = await dynamodb.send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'reason = :reason AND packId BETWEEN :first AND :last',
          // DynamoDB may take days to remove what has expired.
          FilterExpression: 'expiresAt > :now',
          ExpressionAttributeValues: {
            ':reason': { S: reason },
            ':first': { S: firstId },
            ':last': { S: lastId },
            ':now': { N: String(nowS()) },
          },
          ...(startKey ? { ExclusiveStartKey: startKey } : {}),
        }),
      );
      yield* packs;
      startKey = next;
    } while (startKey);
  }

  async function* readingsOf(
    reason: Reason,
    { fromMs = 0, toMs }: Pick<RejectQuery, 'fromMs' | 'toMs'>,
    after?: Position,
  ): AsyncGenerator<ListedReading> {
    const firstId = after?.packId ?? packIdAt(reason, fromMs);
    const lastId = toMs === undefined ? `${reason}:${LAST_CHARACTER}` : packIdAt(reason, toMs);
    if (firstId > lastId) return;
    for await (const pack of packsOf(reason, firstId, lastId)) {
      const skipped = pack['packId']?.S === after?.packId ? (after?.place ?? -1) + 1 : 0;
      yield* unpackRejects(pack).slice(skipped);
    }
  }

  /** The readings, in their order by reason and id, with what the marks say of each. */
  const withStatus = async (readings: readonly ListedReading[]): Promise<ListedReading[]> => {
    const marked: ListedReading[] = [];
    for (const [reason, ofReason] of Map.groupBy(readings, (reading) => reading.reason)) {
      const ids = ofReason.map(({ id }) => id).toSorted(byBytes);
      const states = await marks.between(reason, ids[0] ?? '', ids.at(-1) ?? '');
      marked.push(...ofReason.map((reading) => ({ ...reading, status: states.get(reading.id) ?? reading.status })));
    }
    return marked;
  };

  return {
    keep: (readings) => writeAll(dynamodb, tableName, packRejects(readings, expiresAtS())),

    async list({ reason, limit, cursor, ...period }: RejectQuery) {
      const after = cursor ? positionAt(cursor, reason) : undefined;
      const reasons = reason ? [reason] : REASONS.slice(after ? REASONS.indexOf(after.reason) : 0);
      const readings: ListedReading[] = [];
      for (const each of reasons) {
        for await (const reading of readingsOf(each, period, after?.reason === each ? after : undefined)) {
          if (readings.length === limit) {
            return { readings: await withStatus(readings), cursor: encodeCursor(positionOf(readings)) };
          }
          readings.push(reading);
        }
      }
      return { readings: await withStatus(readings) };
    },

    async find(id) {
      const { reason, packId, index } = idOf(id) ?? {};
      if (reason === undefined || packId === undefined || index === undefined) return undefined;
      for await (const pack of packsOf(reason, packId, packId)) {
        const [found] = await withStatus(unpackRejects(pack).slice(index, index + 1));
        if (found) return found;
      }
      return undefined;
    },

    claim: async (id) => marks.claim(knownReasonOf(id), id),
    settle: (id) => marks.settle(knownReasonOf(id), id),
  };
}

/** What an id names; undefined where it is none that `list` can have given. */
function idOf(id: string): { reason: Reason; packId: string; index: number } | undefined {
  const place = splitId(id);
  const reason = REASONS.find((each) => id.startsWith(`${each}:`));
  return place && reason && Buffer.byteLength(id) <= PACK_ID_BYTES_MAX ? { reason, ...place } : undefined;
}

function knownReasonOf(id: string): Reason {
  const known = idOf(id);
  if (!known) throw new Error(`a kept reading's id begins with its reason, got "${id}"`);
  return known.reason;
}

/** DynamoDB sorts by the bytes of UTF-8. */
function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** A cursor belongs to the list that gave it: with another `only` reason it would silently start anew. */
function positionAt(text: string, only: Reason | undefined): Position {
  const { reason: named, packId, place } = decodeCursor(text);
  const reason = REASONS.find((each) => each === named);
  const isOurs =
    reason !== undefined &&
    (only === undefined || only === reason) &&
    typeof packId === 'string' &&
    packId.startsWith(`${reason}:`) &&
    Buffer.byteLength(packId) <= PACK_ID_BYTES_MAX &&
    Number.isSafeInteger(place) &&
    Number(place) >= 0;
  if (!isOurs) throw new InvalidCursorError(text);
  return { reason, packId, place: Number(place) };
}

function positionOf(readings: readonly ListedReading[]): Position {
  const last = readings.at(-1);
  if (!last) throw new Error('a page that ends early holds at least one reading');
  const hash = last.id.lastIndexOf('#');
  return { reason: last.reason, packId: last.id.slice(0, hash), place: Number(last.id.slice(hash + 1)) };
}
