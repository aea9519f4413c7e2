import type { DeltaPublisher, KeptReading } from '../../core/ports.ts';
import { QUARANTINE_REASONS, type Reason } from '../../core/reason.ts';
import { QUARANTINE_TOPIC, REJECTS_TOPIC } from './environment.ts';

/** Senders and ids named in a notice, which one metering unit of 5 KB then holds. */
const NAMED_MAX = 10;

/** What subscribers learn of a batch's kept readings of one reason; the readings themselves are in the list of rejects. */
interface Notice {
  readonly reason: Reason;
  readonly count: number;
  readonly firstReceivedAtMs: number;
  readonly lastReceivedAtMs: number;
  /** The first few. */
  readonly clientIds: readonly string[];
  readonly readingIds: readonly string[];
  readonly example: string;
}

/**
 * Publishes one notice a reason for a batch, to whoever watches `raw_sensor_failures/{reason}` or
 * `quarantine/sensor_fraud`. Returns what could not be published: a notice that is lost costs nobody a reading.
 */
export async function publishNotices(kept: readonly KeptReading[], publisher: DeltaPublisher): Promise<unknown[]> {
  const published = [...Map.groupBy(kept, ({ reason }) => reason)].map(([reason, readings]) =>
    publisher.publish({ topic: topicOf(reason), payload: Buffer.from(JSON.stringify(noticeOf(reason, readings))) }),
  );
  const outcomes = await Promise.allSettled(published);
  return outcomes.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : []));
}

function topicOf(reason: Reason): string {
  return isQuarantine(reason) ? QUARANTINE_TOPIC : `${REJECTS_TOPIC}${reason}`;
}

export function isQuarantine(reason: Reason): boolean {
  return QUARANTINE_REASONS.some((each) => each === reason);
}

function noticeOf(reason: Reason, readings: readonly KeptReading[]): Notice {
  let [firstReceivedAtMs, lastReceivedAtMs] = [Number.POSITIVE_INFINITY, 0];
  for (const { receivedAtMs } of readings) {
    firstReceivedAtMs = Math.min(firstReceivedAtMs, receivedAtMs);
    lastReceivedAtMs = Math.max(lastReceivedAtMs, receivedAtMs);
  }
  return {
    reason,
    count: readings.length,
    firstReceivedAtMs,
    lastReceivedAtMs,
    clientIds: [...new Set(readings.map(({ clientId }) => clientId))].slice(0, NAMED_MAX),
    readingIds: readings.slice(0, NAMED_MAX).map(({ readingId }) => readingId),
    example: readings[0]?.detail ?? '',
  };
}
