import type { KinesisStreamBatchResponse, KinesisStreamRecord } from 'aws-lambda';
import { forEachConcurrently } from '../shared/concurrency.ts';
import { frameOf } from '../shared/frame-message.ts';
import { messageOf } from '../shared/ingest-record.ts';
import { batchResponse } from '../shared/kinesis-batch.ts';
import { type LaneKey, partitionOf } from './lane-item.ts';
import { type Arrival, type LaneOutcome, receive, type ReceiveContext } from './receive.ts';

const LANES_IN_FLIGHT_MAX = 16;

export interface ReceivedBatch {
  readonly response: KinesisStreamBatchResponse;
  readonly frames: number;
  readonly outcomes: readonly LaneOutcome[];
  readonly errors: readonly unknown[];
}

interface LaneOfBatch {
  readonly key: LaneKey;
  zone: string;
  readonly arrivals: Arrival[];
  readonly records: KinesisStreamRecord[];
}

/** Frames in, commands out; the lanes that failed are left to Lambda's retry, which repeats what is harmless. */
export async function receiveRecords(
  records: readonly KinesisStreamRecord[],
  context: ReceiveContext,
): Promise<ReceivedBatch> {
  const lanes = lanesIn(records);
  const outcomes: LaneOutcome[] = [];
  const errors: unknown[] = [];
  const failed: KinesisStreamRecord[] = [];
  await forEachConcurrently(lanes, LANES_IN_FLIGHT_MAX, async ({ key, zone, arrivals, records: own }) => {
    try {
      outcomes.push(await receive(key, arrivals, context, zone));
    } catch (error) {
      errors.push(error);
      failed.push(...own);
    }
  });
  const frames = lanes.reduce((sum, { arrivals }) => sum + arrivals.length, 0);
  return { response: batchResponse(failed), frames, outcomes, errors };
}

/** What waits for time to pass, such as a gap of a gateway that has fallen silent. */
export async function receiveNothing(context: ReceiveContext): Promise<Pick<ReceivedBatch, 'outcomes' | 'errors'>> {
  const outcomes: LaneOutcome[] = [];
  const errors: unknown[] = [];
  await forEachConcurrently(await context.lanes.waiting(), LANES_IN_FLIGHT_MAX, async (key) => {
    try {
      outcomes.push(await receive(key, [], context));
    } catch (error) {
      errors.push(error);
    }
  });
  return { outcomes, errors };
}

/** The frames of a batch by their lanes, each in the order of the stream. */
function lanesIn(records: readonly KinesisStreamRecord[]): readonly LaneOfBatch[] {
  const lanes = new Map<string, LaneOfBatch>();
  for (const record of records) {
    const message = messageOf(record);
    const received = frameOf(message);
    // What an operator puts back in came in its turn already.
    if (!received || message.redrive) continue;
    const { frame, zone } = received;
    const key = { gateway: frame.gateway, lane: frame.lane };
    const lane = lanes.get(partitionOf(key)) ?? { key, zone, arrivals: [], records: [] };
    lane.zone = zone;
    lane.arrivals.push({ frame, receivedAtMs: message.receivedAtMs });
    lane.records.push(record);
    lanes.set(partitionOf(key), lane);
  }
  return [...lanes.values()];
}
