import { decodeObservationRecord } from '../../core/codec/observation-record.ts';
import { packObservations } from '../../core/codec/pack.ts';
import type { ListedReading, ObservationLog, RedriveLedger } from '../../core/ports.ts';
import { forEachConcurrently } from '../shared/concurrency.ts';
import type { IngestRecord } from '../shared/ingest-record.ts';
import { messageIdOf, placeOf } from '../shared/reading-id.ts';

const MARKS_IN_FLIGHT_MAX = 16;

/** Messages go back where the topic rules put them, observations where the normalizer does. */
export interface RedriveStreams {
  readonly ingest: ObservationLog;
  readonly observations: ObservationLog;
}

export interface RedriveContext {
  readonly ledger: RedriveLedger;
  readonly streams: RedriveStreams;
  /** Partition keys of the log. */
  readonly buckets: number;
}

/** Ids of kept readings, each in exactly one of the three. */
export interface RedriveOutcome {
  readonly redriven: readonly string[];
  /** Put back in before, or being put back in by somebody else. */
  readonly taken: readonly string[];
  /** The stream has not taken it; may be tried again when its claim lapses. */
  readonly failed: readonly string[];
}

/** A record for a stream, and what was kept that it puts back in. */
interface Return {
  readonly partitionKey: string;
  readonly data: Uint8Array;
  readonly ids: readonly string[];
}

/**
 * Puts kept readings back in as if they came now for the first time, but with their own ids, sender and time of receipt.
 * Each is claimed first, sent, and then marked, so that of two operators one sends it; if this process dies in between,
 * the claim lapses and the next may send it again, which is harmless because it is the same reading. A reading takes its
 * message with it, and the normalizer takes out the places that were asked for.
 */
export async function redrive(
  readings: readonly ListedReading[],
  { ledger, streams, buckets }: RedriveContext,
): Promise<RedriveOutcome> {
  const claimed: ListedReading[] = [];
  await forEachConcurrently(readings, MARKS_IN_FLIGHT_MAX, async (reading) => {
    if (await ledger.claim(reading.id)) claimed.push(reading);
  });

  const [decoded, messages] = [claimed.filter(isObservation), claimed.filter((reading) => !isObservation(reading))];
  const sent = new Set([
    ...(await send(streams.ingest, messageReturns(messages))),
    ...(await send(streams.observations, observationReturns(decoded, buckets))),
  ]);
  await forEachConcurrently([...sent], MARKS_IN_FLIGHT_MAX, (id) => ledger.settle(id));

  const mine = new Set(claimed.map(({ id }) => id));
  const ids = readings.map(({ id }) => id);
  return {
    redriven: ids.filter((id) => sent.has(id)),
    taken: ids.filter((id) => !mine.has(id)),
    failed: ids.filter((id) => mine.has(id) && !sent.has(id)),
  };
}

function isObservation({ form }: ListedReading): boolean {
  return form === 'observation';
}

/** The ids of what the stream has taken. */
async function send(stream: ObservationLog, returns: readonly Return[]): Promise<string[]> {
  const unwritten = await stream.append(returns);
  return returns.flatMap(({ ids }, index) => (unwritten.has(index) ? [] : ids));
}

/** One record a message, as the topic rules write it. Any key will do: nobody relies on the order of what is put back. */
function messageReturns(readings: readonly ListedReading[]): Return[] {
  const byMessage = Map.groupBy(readings, ({ readingId, redrives = 0 }) => `${redrives} ${messageIdOf(readingId)}`);
  return [...byMessage.values()].flatMap((ofMessage) => {
    const [first] = ofMessage;
    return first
      ? [{ partitionKey: partitionKeyOf(first), data: recordOf(first, ofMessage), ids: idsOf(ofMessage) }]
      : [];
  });
}

function recordOf(first: ListedReading, ofMessage: readonly ListedReading[]): Uint8Array {
  const { topic, receivedAtMs, clientId, principal, readingId, count, redrives = 0 } = first;
  const record: IngestRecord = {
    payload: Buffer.from(first.bytes).toString('base64'),
    topic,
    receivedAtMs,
    clientId,
    principal,
    messageId: messageIdOf(readingId),
    redrive: {
      times: redrives + 1,
      count,
      // A message that was kept as one reading may hold any number once it can be read.
      ...(count > 1 ? { places: ofMessage.map((reading) => placeOf(reading.readingId)) } : {}),
    },
  };
  return Buffer.from(JSON.stringify(record));
}

/** Kinesis takes 256 characters. */
function partitionKeyOf({ readingId }: ListedReading): string {
  return messageIdOf(readingId).slice(0, 256) || 'redrive';
}

/** What is no observation stays where it is: it cannot be put back. */
function observationReturns(readings: readonly ListedReading[], buckets: number): Return[] {
  const ofReading = Map.groupBy(readings, ({ readingId }) => readingId);
  const observations = readings.flatMap(({ bytes, redrives = 0 }) => {
    const record = decodeObservationRecord(bytes);
    return record.ok ? record.observations.map((each) => ({ ...each, redrives: redrives + 1 })) : [];
  });
  return packObservations(observations, buckets).map(({ partitionKey, data, readingIds }) => ({
    partitionKey,
    data,
    ids: readingIds.flatMap((readingId) => idsOf(ofReading.get(readingId) ?? [])),
  }));
}

function idsOf(readings: readonly ListedReading[]): string[] {
  return readings.map(({ id }) => id);
}
