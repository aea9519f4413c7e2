import { randomUUID } from 'node:crypto';
import type { AwsRequest, AwsResponse, AwsService } from '../gateway/aws-service.ts';
import { codecFor } from './codec.ts';
import type { Input } from './input.ts';
import type { Output } from './operation.ts';
import { operations } from './operations.ts';
import { locateShard, locateStream } from './parameters.ts';
import { recordBytes, recordFields, refuseLargeRecord, refuseOverload } from './put-limits.ts';
import { Refusal } from './refusal.ts';
import type { ReadLimits } from './segment.ts';
import { indexOfSequenceNumber, sequenceNumber } from './sequence-number.ts';
import { putIntoShard, type PutReceipt, type Shard, shardFor, type Stream } from './stream.ts';
import { Streams } from './streams.ts';

const TRIM_INTERVAL_MS = 60_000;

export interface KinesisOptions {
  /** Where streams and records are kept; created where it is missing. */
  readonly directory: string;
  readonly nowMs?: () => number;
}

interface KinesisRecord {
  /** 56 decimal digits; increases within a shard, also over restarts. */
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  readonly approximateArrivalMs: number;
  readonly data: Buffer;
}

/** Kinesis Data Streams: the AWS API, and the same without HTTP for the other services of the local cloud. */
export interface Kinesis extends AwsService {
  readonly streams: Streams;
  /**
   * Queues the record before it returns, so records of a shard stand in the order of the calls; resolves once the
   * record survives the death of this process. Rejects when the stream is missing, the record too large or the disk
   * full; a refusal by rule is the error's `cause`.
   */
  readonly putRecord: (streamName: string, partitionKey: string, data: Buffer) => Promise<PutReceipt>;
  /** In the order of their hash key ranges. Throws when there is no such stream. */
  readonly shardIds: (streamNameOrArn: string) => readonly string[];
  /**
   * The records behind `sequenceNumber`, or from the oldest kept one on; none where it is the last. Rejects for a
   * sequence number that the shard never gave.
   */
  readonly readAfter: (
    streamNameOrArn: string,
    shardId: string,
    sequenceNumber: string | undefined,
    limits: ReadLimits,
  ) => Promise<KinesisRecord[]>;
  /** Calls `listener` whenever records of the shard became readable. Returns a function that ends it. */
  readonly onAppend: (streamNameOrArn: string, shardId: string, listener: () => void) => () => void;
  /** Waits for the records that are queued; the service is of no use afterwards. */
  readonly close: () => Promise<void>;
}

/** Takes up the streams in the directory. Rejects when it cannot be read or written. */
export async function createKinesis({ directory, nowMs = Date.now }: KinesisOptions): Promise<Kinesis> {
  const streams = await Streams.open(directory, nowMs);
  const trimming = setInterval(() => {
    streams.trim().catch((error: unknown) => console.error('kinesis: old records could not be deleted:', error));
  }, TRIM_INTERVAL_MS).unref();

  return {
    signingName: 'kinesis',
    targetPrefix: 'Kinesis_20131202',
    streams,
    handle: (request) => answer(streams, request),
    putRecord: (streamName, partitionKey, data) => putRecord(streams, streamName, partitionKey, data),
    shardIds: (streamNameOrArn) => streamOf(streams, streamNameOrArn).shards.map(({ id }) => id),
    readAfter: (streamNameOrArn, shardId, after, limits) =>
      readAfter(shardOf(streams, streamNameOrArn, shardId), after, limits),
    onAppend: (streamNameOrArn, shardId, listener) => shardOf(streams, streamNameOrArn, shardId).log.onAppend(listener),
    close: () => {
      clearInterval(trimming);
      return streams.close();
    },
  };
}

async function answer(streams: Streams, { headers, operation, body }: AwsRequest): Promise<AwsResponse> {
  const codec = codecFor(headers['content-type']);
  const respond = (status: number, output: Output): AwsResponse => ({
    status,
    headers: { 'content-type': codec.contentType, 'x-amzn-requestid': randomUUID() },
    body: codec.write(output),
  });
  try {
    const input = codec.read(body);
    const output = input instanceof Refusal ? input : await perform(streams, operation, input);
    if (output instanceof Refusal) return respond(400, { __type: output.type, message: output.message });
    return respond(200, output);
  } catch (error) {
    console.error(`kinesis: ${operation} failed:`, error);
    return respond(500, { __type: 'InternalFailureException', message: String(error) });
  }
}

function perform(streams: Streams, name: string, input: Input): Output | Refusal | Promise<Output | Refusal> {
  const operation = operations.get(name);
  if (!operation) return new Refusal('UnknownOperationException', `The local cloud's Kinesis does not do '${name}'.`);
  return operation(streams, input);
}

async function putRecord(
  streams: Streams,
  streamName: string,
  partitionKey: string,
  data: Buffer,
): Promise<PutReceipt> {
  const stream = streamOf(streams, streamName);
  orThrow(recordFields.PartitionKey(partitionKey, 'PartitionKey'));
  const shard = shardFor(stream, partitionKey);
  const bytes = recordBytes(data, partitionKey);
  const refused = refuseLargeRecord(stream, bytes) ?? refuseOverload(shard, bytes);
  if (refused) throw failure(refused);
  return putIntoShard(shard, partitionKey, data, streams.nowMs());
}

async function readAfter(
  { id, log, numbering }: Shard,
  after: string | undefined,
  limits: ReadLimits,
): Promise<KinesisRecord[]> {
  const afterIndex = after === undefined ? 0 : indexOfSequenceNumber(numbering, after);
  if (afterIndex === undefined || afterIndex >= log.nextIndex) {
    throw new Error(
      `sequence number ${after} is none of shard ${id}, whose last is ${sequenceNumber(numbering, log.nextIndex - 1)}: ` +
        'its reader remembers another data directory; start both afresh',
    );
  }
  const records = await log.read(afterIndex + 1, limits);
  return records.map(({ index, arrivalMs, partitionKey, data }) => ({
    sequenceNumber: sequenceNumber(numbering, index),
    partitionKey,
    approximateArrivalMs: arrivalMs,
    data,
  }));
}

function streamOf(streams: Streams, nameOrArn: string): Stream {
  const isArn = nameOrArn.startsWith('arn:');
  const reference = { StreamName: isArn ? undefined : nameOrArn, StreamARN: isArn ? nameOrArn : undefined };
  return orThrow(locateStream(streams, reference));
}

function shardOf(streams: Streams, nameOrArn: string, shardId: string): Shard {
  return orThrow(locateShard(streamOf(streams, nameOrArn), shardId));
}

function orThrow<Value>(value: Value | Refusal): Value {
  if (value instanceof Refusal) throw failure(value);
  return value;
}

function failure(refusal: Refusal): Error {
  return new Error(`kinesis: ${refusal.type}: ${refusal.message}`, { cause: refusal });
}
