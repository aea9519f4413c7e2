import type { KinesisStreamRecord } from 'aws-lambda';
import { encodeObservationRecord } from '../../core/codec/observation-record.ts';
import type { Observation } from '../../core/observation.ts';
import type { KeptReading } from '../../core/ports.ts';
import { recordBytes } from './kinesis-batch.ts';

/**
 * An observation that nothing behind the log could do anything with, as `processing-failed`. Its bytes are a record of
 * the log, ready to be put back. The log does not carry its topic and its sender's certificate, so neither is invented.
 */
export function keptObservation(observation: Observation, why: string): KeptReading {
  const { readingId, count, clientId, receivedAtMs, assetType, assetId, source, redrives } = observation;
  return {
    readingId,
    count,
    reason: 'processing-failed',
    detail: `${why} (${assetType} ${assetId} by ${source})`,
    topic: '',
    clientId,
    principal: '',
    receivedAtMs,
    bytes: encodeObservationRecord([observation]),
    form: 'observation',
    ...(redrives && { redrives }),
  };
}

/** Of a record that is none of ours, which are smaller; so much fits an item of the rejects table. */
export const STRANGE_BYTES_MAX = 380_000;

/**
 * A record of the log that holds no observations: its bytes as they are, cut where they are too many to keep, as one
 * reading that cannot be put back in.
 */
export function keptLogRecord(record: KinesisStreamRecord, why: string): KeptReading {
  const bytes = recordBytes(record);
  const isCut = bytes.length > STRANGE_BYTES_MAX;
  return {
    readingId: `${record.eventID}/0`,
    count: 1,
    reason: 'processing-failed',
    detail: isCut ? `the first ${STRANGE_BYTES_MAX} of ${bytes.length} bytes: ${why}` : why,
    topic: '',
    clientId: '',
    principal: '',
    receivedAtMs: Math.round(record.kinesis.approximateArrivalTimestamp * 1000),
    bytes: bytes.subarray(0, STRANGE_BYTES_MAX),
    form: 'observation',
  };
}
