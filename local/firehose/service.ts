import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { localArn } from '../aws.ts';
import type { ResourceProvider } from '../cloudformation/resource-provider.ts';
import type { AwsRequest, AwsResponse, AwsService } from '../gateway/aws-service.ts';
import { errorResponse } from '../gateway/error-response.ts';
import { isRecord } from '../is-record.ts';
import type { StreamReader } from '../lambda/stream-reader.ts';
import { type PutObject, startDeliveryStream } from './delivery-stream.ts';
import { type DirectSource, openDirectSource } from './direct-source.ts';
import { openKinesisSource } from './kinesis-source.ts';
import { type DeliveryStreamSettings, readSettings } from './settings.ts';

/** docs.aws.amazon.com/firehose/latest/dev/limits.html: of a record before base64, and of a batch. */
const RECORD_BYTES_MAX = 1000 * 1024;
const BATCH_RECORDS_MAX = 500;
const BATCH_BYTES_MAX = 4 * 1024 * 1024;

export interface FirehoseOptions {
  /** For checkpoints and what was put; created where it is missing. */
  readonly directory: string;
  readonly streams: StreamReader;
  readonly putObject: PutObject;
  readonly log: (line: string) => void;
  readonly nowMs?: () => number;
}

/** Amazon Data Firehose from a Kinesis stream or from producers to S3. */
export interface Firehose {
  readonly service: AwsService;
  readonly providers: readonly ResourceProvider[];
  /** Delivers what has come, and writes the checkpoints; what cannot be delivered then is gathered at the next start. */
  close(): Promise<void>;
}

interface DeliveryStream {
  readonly settings: DeliveryStreamSettings;
  /** Undefined where a stream is the source. */
  readonly direct: DirectSource | undefined;
  readonly stop: () => Promise<void>;
}

export function createFirehose({ directory, streams, putObject, log, nowMs = Date.now }: FirehoseOptions): Firehose {
  const deliveryStreams = new Map<string, DeliveryStream>();
  mkdirSync(directory, { recursive: true });

  const provider: ResourceProvider = {
    type: 'AWS::KinesisFirehose::DeliveryStream',
    async create(resource) {
      const settings = readSettings(resource);
      const { name, sourceStreamArn } = settings;
      const file = path.join(directory, encodeURIComponent(name));
      const direct = sourceStreamArn === undefined ? openDirectSource(`${file}.spool`, nowMs) : undefined;
      const source = direct ?? (await openKinesisSource(streams, String(sourceStreamArn), `${file}.json`, log));
      const stop = startDeliveryStream({ settings, source, putObject, nowMs, log });
      deliveryStreams.set(name, { settings, direct, stop });
      return { ref: name, attributes: { Arn: arnOf(name) } };
    },
  };

  return {
    service: {
      signingName: 'firehose',
      targetPrefix: 'Firehose_20150804',
      handle: (request) => answer(deliveryStreams, request),
    },
    providers: [provider],
    close: async () => void (await Promise.all([...deliveryStreams.values()].map(({ stop }) => stop()))),
  };
}

function arnOf(name: string): string {
  return localArn('firehose', `deliverystream/${name}`);
}

async function answer(
  deliveryStreams: ReadonlyMap<string, DeliveryStream>,
  { operation, body }: AwsRequest,
): Promise<AwsResponse> {
  const input = readInput(body);
  if (operation === 'ListDeliveryStreams') {
    return jsonResponse({ DeliveryStreamNames: [...deliveryStreams.keys()].sort(), HasMoreDeliveryStreams: false });
  }
  const name = String(input.DeliveryStreamName);
  const deliveryStream = deliveryStreams.get(name);
  if (deliveryStream === undefined) {
    return refuse('ResourceNotFoundException', `Firehose ${name} under account is not found.`);
  }
  switch (operation) {
    case 'DescribeDeliveryStream':
      return jsonResponse({ DeliveryStreamDescription: describe(deliveryStream) });
    case 'PutRecord':
      return put(deliveryStream, [input.Record], ([RecordId]) => ({ RecordId, Encrypted: false }));
    case 'PutRecordBatch':
      return put(deliveryStream, input.Records, (recordIds) => ({
        FailedPutCount: 0,
        Encrypted: false,
        RequestResponses: recordIds.map((RecordId) => ({ RecordId })),
      }));
    default:
      return refuse('UnknownOperationException', `The local cloud's Firehose does not do ${operation}.`);
  }
}

function describe({ settings }: DeliveryStream): object {
  return {
    DeliveryStreamName: settings.name,
    DeliveryStreamARN: arnOf(settings.name),
    DeliveryStreamStatus: 'ACTIVE',
    DeliveryStreamType: settings.sourceStreamArn === undefined ? 'DirectPut' : 'KinesisStreamAsSource',
    VersionId: '1',
    HasMoreDestinations: false,
    Destinations: [],
  };
}

async function put(
  { direct }: DeliveryStream,
  records: unknown,
  respond: (recordIds: readonly string[]) => object,
): Promise<AwsResponse> {
  if (direct === undefined) {
    const message = 'This operation is not permitted on KinesisStreamAsSource delivery stream type.';
    return refuse('InvalidArgumentException', message);
  }
  if (!Array.isArray(records) || records.length === 0 || records.length > BATCH_RECORDS_MAX) {
    return refuse('ValidationException', `Records must be a list of 1 to ${BATCH_RECORDS_MAX}.`);
  }
  const data = records.map((record: unknown) => Buffer.from(isRecord(record) ? String(record.Data) : '', 'base64'));
  if (data.some(({ length }) => length > RECORD_BYTES_MAX)) {
    return refuse('ValidationException', `A record's Data must have at most ${RECORD_BYTES_MAX} bytes.`);
  }
  if (data.reduce((sum, { length }) => sum + length, 0) > BATCH_BYTES_MAX) {
    return refuse('InvalidArgumentException', `Records size exceeds ${BATCH_BYTES_MAX} bytes.`);
  }
  await direct.put(data);
  return jsonResponse(respond(data.map(() => randomUUID())));
}

function readInput(body: Buffer): Readonly<Record<string, unknown>> {
  const input: unknown = JSON.parse(body.toString() || '{}');
  return isRecord(input) ? input : {};
}

function refuse(type: string, message: string): AwsResponse {
  return errorResponse(400, type, message);
}

function jsonResponse(body: object): AwsResponse {
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}
