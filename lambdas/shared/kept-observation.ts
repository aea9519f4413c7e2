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
  const { readingId, count, clientId, receivedAtMs, assetType, assetId, source } = observation;
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
  };
}

/** A record of the log that holds no observations: its bytes as they are, one reading that cannot be put back in. */
export function keptLogRecord(record: KinesisStreamRecord, why: string): KeptReading {
  return {
    readingId: `${record.eventID}/0`,
    count: 1,
    reason: 'processing-failed',
    detail: why,
    topic: '',
    clientId: '',
    principal: '',
    receivedAtMs: Math.round(record.kinesis.approximateArrivalTimestamp * 1000),
    bytes: recordBytes(record),
    form: 'observation',
  };
}
