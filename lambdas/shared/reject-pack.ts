import type { AttributeValue as Item } from '@aws-sdk/client-dynamodb';
import type { KeptReading, ListedReading } from '../../core/ports.ts';
import type { Reason } from '../../core/reason.ts';
import { messageIdOf } from './reading-id.ts';

/**
 * The readings of one message that were kept for one reason, and the message's bytes once.
 *
 *     { reason, packId, expiresAt, id, count, topic, client, principal, at, bytes, form, redrives,
 *       readings: [ { i: index in the message, d: detail } ] }
 *
 * `packId` is `reason:receivedAtMs:messageId`, so it sorts by time within its reason and an id alone finds its item. It
 * says nothing of the batch: a retry that cuts the batch elsewhere writes the same items again.
 */
export type RejectPack = Record<string, Item>;

/** Below DynamoDB's 400 KB of an item, attribute names included. */
export const PACK_BYTES_MAX = 390_000;
export const DETAIL_CHARACTERS_MAX = 160;
/** What a pack and a reading cost beside bytes, topic and detail; generous, for ids, attribute names and lengths. */
const PACK_OVERHEAD_BYTES = 4_000;
const READING_OVERHEAD_BYTES = 40;

/** Epoch milliseconds have 13 digits until the year 2286, so that text sorts as time does. */
const TIME_DIGITS = 13;

/** One item per message and reason, or a few where they do not fit one; what was kept again has an item a reading. */
export function packRejects(readings: readonly KeptReading[], expiresAtS: number): RejectPack[] {
  const messages = Map.groupBy(readings, (reading) => `${packIdFrom(reading)} ${reading.redrives ?? 0}`);
  return [...messages.values()].flatMap((ofMessage) => {
    // A stream may hold a message twice, and then a batch may, too.
    const once = new Map(ofMessage.map((reading) => [reading.readingId, reading]));
    return fillPacks([...once.values()]).map((pack, part) => packItem(pack, part, expiresAtS));
  });
}

/** Whether a kept reading's bytes fit an item of the table. */
export function fitsPack({ bytes, detail }: KeptReading): boolean {
  return PACK_OVERHEAD_BYTES + bytes.byteLength + readingBytes(detail) <= PACK_BYTES_MAX;
}

/** In the order in which they were kept. */
export function unpackRejects(pack: RejectPack): ListedReading[] {
  const redrives = Number(pack['redrives']?.N ?? 0);
  return (pack['readings']?.L ?? []).map(({ M: reading = {} }, index) => ({
    id: `${pack['packId']?.S}#${index}`,
    status: 'kept',
    readingId: `${pack['id']?.S}/${reading['i']?.N}`,
    count: Number(pack['count']?.N),
    reason: pack['reason']?.S as Reason,
    detail: reading['d']?.S ?? '',
    topic: pack['topic']?.S ?? '',
    clientId: pack['client']?.S ?? '',
    principal: pack['principal']?.S ?? '',
    receivedAtMs: Number(pack['at']?.N),
    bytes: pack['bytes']?.B ?? new Uint8Array(),
    ...(pack['form'] ? { form: 'observation' } : {}),
    ...(redrives > 0 ? { redrives } : {}),
  }));
}

/** What the ids of packs begin with that were received at `ms`, 0 to 9,999,999,999,999. */
export function packIdAt(reason: Reason, ms: number): string {
  return `${reason}:${String(ms).padStart(TIME_DIGITS, '0')}`;
}

/** The pack and the place in it that the id of a listed reading names; undefined where it is no such id. */
export function splitId(id: string): { readonly packId: string; readonly index: number } | undefined {
  const [, packId, index] = /^(.+)#(\d{1,6})$/s.exec(id) ?? [];
  return packId === undefined ? undefined : { packId, index: Number(index) };
}

/**
 * Observations of one message were received together, but have bytes of their own each. And what was put back in apart is
 * kept again apart: under the message's id the next of its readings would replace the one before.
 */
function packIdFrom({ reason, receivedAtMs, readingId, form, redrives = 0 }: KeptReading): string {
  const isAlone = form === 'observation' || redrives > 0;
  return `${packIdAt(reason, receivedAtMs)}:${isAlone ? readingId : messageIdOf(readingId)}`;
}

function fillPacks(readings: readonly KeptReading[]): KeptReading[][] {
  const packs: KeptReading[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const reading of readings) {
    const more = readingBytes(reading.detail);
    if (bytes + more > PACK_BYTES_MAX) {
      packs.push([]);
      bytes = PACK_OVERHEAD_BYTES + reading.bytes.byteLength;
    }
    packs.at(-1)?.push(reading);
    bytes += more;
  }
  return packs;
}

function readingBytes(detail: string): number {
  return READING_OVERHEAD_BYTES + Buffer.byteLength(detail.slice(0, DETAIL_CHARACTERS_MAX));
}

/** What was kept again after a redrive, and the further parts of a message, have ids of their own. */
function packItem(readings: readonly KeptReading[], part: number, expiresAtS: number): RejectPack {
  const [first] = readings;
  if (!first) throw new Error('a pack holds at least one reading');
  const { reason, count, topic, clientId, principal, receivedAtMs, bytes, form, redrives = 0 } = first;
  const again = redrives > 0 ? `~${redrives}` : '';
  const further = part > 0 ? `+${part}` : '';
  return {
    reason: { S: reason },
    packId: { S: `${packIdFrom(first)}${again}${further}` },
    expiresAt: { N: String(expiresAtS) },
    id: { S: messageIdOf(first.readingId) },
    count: { N: String(count) },
    topic: { S: topic },
    client: { S: clientId },
    principal: { S: principal },
    at: { N: String(receivedAtMs) },
    bytes: { B: bytes },
    ...(form ? { form: { S: form } } : {}),
    ...(redrives > 0 ? { redrives: { N: String(redrives) } } : {}),
    readings: { L: readings.map(readingItem) },
  };
}

function readingItem({ readingId, detail }: KeptReading): Item {
  const index = readingId.slice(messageIdOf(readingId).length + 1);
  return { M: { i: { N: index }, d: { S: detail.slice(0, DETAIL_CHARACTERS_MAX) } } };
}
