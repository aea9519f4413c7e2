import type { AttributeValue as Item } from '@aws-sdk/client-dynamodb';
import type { KeptReading, ListedReading } from '../../core/ports.ts';
import type { Reason } from '../../core/reason.ts';

/**
 * Kept readings of one reason, packed to an item of at most `PACK_BYTES_MAX`: a flood of bad readings costs a write a
 * pack and not a write a reading. Readings of one message share its bytes.
 *
 *     { reason, packId, expiresAt, messages: [ { id, count, topic, client, principal, at, bytes,
 *       readings: [ { i: index in the message, d: detail } ] } ] }
 *
 * `packId` sorts by time within its reason and names the reason, so that an id alone finds its item.
 */
export type RejectPack = Record<string, Item>;

interface PackedMessage {
  readonly first: KeptReading;
  readonly messageId: string;
  readonly readings: { readonly index: string; readonly detail: string }[];
}

/** Below DynamoDB's 400 KB: one message of 128 KB with a thousand refused readings still fits a pack of its own. */
const PACK_BYTES_MAX = 300_000;
const DETAIL_CHARACTERS_MAX = 160;
/** What a message and a reading cost in an item beside their bytes and text; generous, for attribute names and lengths. */
const MESSAGE_OVERHEAD_BYTES = 600;
const READING_OVERHEAD_BYTES = 40;

/** The same readings give the same packs, so that a retried batch overwrites what it wrote. */
export function packRejects(readings: readonly KeptReading[], expiresAtS: number): RejectPack[] {
  const packs: RejectPack[] = [];
  for (const [reason, ofReason] of Map.groupBy(readings, ({ reason }) => reason)) {
    for (const messages of fillPacks(byMessage(ofReason))) packs.push(packItem(reason, messages, expiresAtS));
  }
  return packs;
}

/** In the order in which they were kept. */
export function unpackRejects(pack: RejectPack): ListedReading[] {
  const reason = pack['reason']?.S as Reason;
  const packId = pack['packId']?.S ?? '';
  let place = 0;
  return (pack['messages']?.L ?? []).flatMap(({ M: message = {} }) =>
    (message['readings']?.L ?? []).map(({ M: reading = {} }) => ({
      id: `${packId}#${place++}`,
      status: 'kept' as const,
      readingId: `${message['id']?.S}/${reading['i']?.N}`,
      count: Number(message['count']?.N),
      reason,
      detail: reading['d']?.S ?? '',
      topic: message['topic']?.S ?? '',
      clientId: message['client']?.S ?? '',
      principal: message['principal']?.S ?? '',
      receivedAtMs: Number(message['at']?.N),
      bytes: message['bytes']?.B ?? new Uint8Array(),
    })),
  );
}

/** The first pack id of a reason that can hold readings received at or after `fromMs`. */
export function packIdFrom(reason: Reason, fromMs: number): string {
  return `${reason}:${String(fromMs).padStart(13, '0')}`;
}

function byMessage(readings: readonly KeptReading[]): PackedMessage[] {
  const messages = new Map<string, PackedMessage>();
  for (const reading of readings) {
    const slash = reading.readingId.lastIndexOf('/');
    const messageId = reading.readingId.slice(0, slash);
    const message = messages.get(messageId) ?? { first: reading, messageId, readings: [] };
    messages.set(messageId, message);
    message.readings.push({
      index: reading.readingId.slice(slash + 1),
      detail: reading.detail.slice(0, DETAIL_CHARACTERS_MAX),
    });
  }
  return [...messages.values()];
}

function fillPacks(messages: readonly PackedMessage[]): PackedMessage[][] {
  const packs: PackedMessage[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const messageBytes = packedBytes(message);
    if (bytes + messageBytes > PACK_BYTES_MAX) {
      packs.push([]);
      bytes = 0;
    }
    packs.at(-1)?.push(message);
    bytes += messageBytes;
  }
  return packs;
}

function packedBytes({ first, readings }: PackedMessage): number {
  const texts = readings.reduce((sum, { detail }) => sum + Buffer.byteLength(detail) + READING_OVERHEAD_BYTES, 0);
  return MESSAGE_OVERHEAD_BYTES + first.bytes.byteLength + texts;
}

function packItem(reason: Reason, messages: readonly PackedMessage[], expiresAtS: number): RejectPack {
  const [earliest] = messages;
  if (!earliest) throw new Error('a pack holds at least one message');
  return {
    reason: { S: reason },
    packId: { S: `${packIdFrom(reason, earliest.first.receivedAtMs)}:${earliest.messageId}` },
    expiresAt: { N: String(expiresAtS) },
    messages: { L: messages.map(messageItem) },
  };
}

function messageItem({ first, messageId, readings }: PackedMessage): Item {
  return {
    M: {
      id: { S: messageId },
      count: { N: String(first.count) },
      topic: { S: first.topic },
      client: { S: first.clientId },
      principal: { S: first.principal },
      at: { N: String(first.receivedAtMs) },
      bytes: { B: first.bytes },
      readings: { L: readings.map(({ index, detail }) => ({ M: { i: { N: index }, d: { S: detail } } })) },
    },
  };
}
