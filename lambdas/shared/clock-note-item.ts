import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { ClockNote } from '../../core/twin/behind-clock.ts';

/** So long a note is believed. */
export const NOTE_LIFE_MS = 24 * 60 * 60 * 1000;
/** Reviews and calibrations stand under an attribute's name, which has no slash. */
const PREFIX = '/clock/';

/** In the table of reviews: `{ assetId, attribute: "/clock/{source}", receivedAtMs, offsetMs, expiresAt }`. */
type ClockNoteItem = Record<string, AttributeValue>;

export function clockNoteKey(assetId: string, source: string): ClockNoteItem {
  return { assetId: { S: assetId }, attribute: { S: PREFIX + source } };
}

export function fromClockNoteItem({ attribute, receivedAtMs, offsetMs }: ClockNoteItem): readonly [string, ClockNote] {
  const source = attribute?.S?.slice(PREFIX.length) ?? '';
  return [source, { receivedAtMs: Number(receivedAtMs?.N), offsetMs: Number(offsetMs?.N) }];
}
