import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { decodeObservationRecord } from '../../core/codec/observation-record.ts';
import type { KeptReading } from '../../core/ports.ts';
import { messageOf } from '../shared/ingest-record.ts';
import { recordBytes } from '../shared/kinesis-batch.ts';
import { keptMessage } from '../shared/kept-message.ts';
import { keptLogRecord, keptObservation } from '../shared/kept-observation.ts';
import type { Failure } from './failure.ts';

/**
 * What the on-failure destination of a Kinesis mapping receives in S3, `payload` being the event as text.
 * docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export interface InvocationRecord {
  readonly requestContext: {
    readonly functionArn: string;
    readonly condition: string;
    readonly approximateInvokeCount: number;
  };
  readonly KinesisBatchInfo: { readonly streamArn: string };
  readonly payload: string;
}

export function isInvocationRecord(value: unknown): value is InvocationRecord {
  const { requestContext, KinesisBatchInfo: batch, payload } = (value ?? {}) as Partial<InvocationRecord>;
  return (
    typeof requestContext?.functionArn === 'string' &&
    typeof batch?.streamArn === 'string' &&
    typeof payload === 'string'
  );
}

/** The readings of a batch that Lambda has given up: messages of `ingest`, or observations of the log. */
export function readInvocationRecord(failure: InvocationRecord, observationsStream: string): Failure {
  const records = recordsOf(failure.payload);
  if (!records) return { kind: 'unreadable', detail: 'the payload holds no Kinesis records' };
  const why = describe(failure);
  const isLog = failure.KinesisBatchInfo.streamArn.endsWith(`:stream/${observationsStream}`);
  const readings = records.flatMap((record) =>
    isLog ? keptObservations(record, why) : keptMessage(messageOf(record), 'processing-failed', why),
  );
  return { kind: 'readings', readings };
}

function recordsOf(payload: string): readonly KinesisStreamRecord[] | undefined {
  try {
    const { Records: records }: Partial<KinesisStreamEvent> = JSON.parse(payload);
    return records?.every(({ kinesis }) => typeof kinesis.data === 'string') ? records : undefined;
  } catch {
    return undefined;
  }
}

function keptObservations(record: KinesisStreamRecord, why: string): KeptReading[] {
  const decoded = decodeObservationRecord(recordBytes(record));
  if (!decoded.ok) return [keptLogRecord(record, `${decoded.detail}; ${why}`)];
  return decoded.observations.map((observation) => keptObservation(observation, why));
}

function describe({ requestContext: { functionArn, condition, approximateInvokeCount } }: InvocationRecord): string {
  const [, name = functionArn] = /:function:([^:]+)/.exec(functionArn) ?? [];
  return `${name}: ${condition} after ${approximateInvokeCount} invocations`;
}
