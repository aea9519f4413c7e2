import type { KeptReading } from '../../core/ports.ts';
import type { Reason } from '../../core/reason.ts';
import type { IngestMessage } from './ingest-record.ts';

/**
 * A message that could not be processed, kept without looking into it: what kills whoever decodes it must not be decoded
 * here. It counts as the one reading `messageId/0` of 1; of one that an operator had put back in, what he had asked for.
 */
export function keptMessage(message: IngestMessage, reason: Reason, detail: string): KeptReading[] {
  const { messageId, topic, bytes, clientId, principal, receivedAtMs, redrive } = message;
  const { places = [0], count = 1, times = 0 } = redrive ?? {};
  return places.map((place) => ({
    readingId: `${messageId}/${place}`,
    count,
    reason,
    detail,
    topic,
    clientId,
    principal,
    receivedAtMs,
    bytes,
    ...(times > 0 ? { redrives: times } : {}),
  }));
}
