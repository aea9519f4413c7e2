import assert from 'node:assert/strict';
import type { DeltaPublisher } from '../../core/ports.ts';
import { encodeAck, encodeRequest } from '../../core/sync/encode-command.ts';
import { digestBucketOf } from '../../core/sync/digest.ts';
import type { SyncFrame } from '../../core/sync/frame.ts';
import { createReceiver, type Receiver, type ReceiverOutput } from '../../core/sync/receiver.ts';
import { RECEIVER_DEFAULTS } from '../../core/sync/receiver-options.ts';
import { encodeState } from '../../core/sync/receiver-state.ts';
import { ackTopic } from '../shared/frame-message.ts';
import type { ReadHeard } from './dynamodb-heard.ts';
import type { Lanes } from './dynamodb-lanes.ts';
import type { LaneKey, StoredLane } from './lane-item.ts';
import type { LaneNames } from './lane-names.ts';

/** A lost race is read again and tried again so often; whoever won it was another run of this function. */
export const RACES_MAX = 5;

export interface ReceiveContext {
  readonly lanes: Lanes;
  readonly names: LaneNames;
  readonly heard: ReadHeard;
  readonly commands: DeltaPublisher;
  readonly nowMs: () => number;
}

/** A frame of a lane, and when the rule received it. */
export interface Arrival {
  readonly frame: SyncFrame;
  readonly receivedAtMs: number;
}

export interface LaneOutcome {
  readonly key: LaneKey;
  readonly outputs: readonly ReceiverOutput[];
  readonly racesLost: number;
  /** Of commands that could not be published: each is sent again as if it had been lost on its way. */
  readonly errors: readonly unknown[];
}

/**
 * Lets the receiver of one lane take its frames, in the order of their arrival, and tells the gateway what comes of it.
 * Whatever fails on the way down is what the protocol is made for, so only what is kept can fail.
 *
 * @param arrivals none where only time has passed
 * @param zone of the gateway, as its topic says; absent, as it was
 */
export async function receive(
  key: LaneKey,
  arrivals: readonly Arrival[],
  context: ReceiveContext,
  zone?: string,
): Promise<LaneOutcome> {
  await context.names.note(
    key,
    arrivals.map(({ frame }) => frame),
  );
  for (let racesLost = 0; racesLost < RACES_MAX; racesLost += 1) {
    const [stored] = await context.lanes.read([key]);
    assert(stored, 'a lane is read as it is asked for');
    const receiver = createReceiver({ ...RECEIVER_DEFAULTS, ...key }, stored.state);
    const outputs = await run(receiver, arrivals, key, context);
    const nowMs = context.nowMs();
    const next: StoredLane = {
      ...stored,
      zone: zone ?? stored.zone,
      state: receiver.state(),
      isWaiting: receiver.isWaiting(nowMs),
    };
    if (isNews(stored, next) && (await context.lanes.write(next)) === 'race-lost') continue;
    return { key, outputs, racesLost, errors: await tell(next, outputs, context.commands) };
  }
  throw new Error(`lane ${key.gateway}/${key.lane}: ${RACES_MAX} races lost in a row`);
}

type Comparison = Extract<ReceiverOutput, { readonly kind: 'compare' }>;

async function run(
  receiver: Receiver,
  arrivals: readonly Arrival[],
  key: LaneKey,
  { names, heard, nowMs }: ReceiveContext,
): Promise<readonly ReceiverOutput[]> {
  const outputs: ReceiverOutput[] = [];
  const compare = async ({ heartbeat, buckets }: Comparison, receivedAtMs: number): Promise<void> => {
    // What has waited long itself tells nothing of the twins as they are now.
    if (nowMs() - receivedAtMs > RECEIVER_DEFAULTS.mergeGraceMs) return;
    const all = [...(await names.of(key))];
    const wanted = buckets ? all.filter(([assetId]) => buckets.has(digestBucketOf(assetId))) : all;
    const leaves = await heard(key.gateway, new Map(wanted));
    outputs.push(...receiver.compare(heartbeat, leaves, nowMs()));
  };
  for (const { frame, receivedAtMs } of arrivals) {
    for (const output of receiver.take(frame, receivedAtMs)) {
      if (output.kind === 'compare') await compare(output, receivedAtMs);
      else outputs.push(output);
    }
  }
  outputs.push(...receiver.tick(nowMs()));
  return outputs;
}

/** A heartbeat that changes nothing is not worth a write. */
function isNews(before: StoredLane, after: StoredLane): boolean {
  const known = ({ state }: StoredLane): string => encodeState({ ...state, heardAtMs: 0 });
  return after.isWaiting || before.isWaiting || known(before) !== known(after);
}

async function tell(
  { key, zone }: StoredLane,
  outputs: readonly ReceiverOutput[],
  commands: DeltaPublisher,
): Promise<readonly unknown[]> {
  const errors: unknown[] = [];
  // In turn, as they were decided.
  for (const output of outputs) {
    if (output.kind !== 'ack' && output.kind !== 'request') continue;
    const publication =
      output.kind === 'ack'
        ? { topic: ackTopic(zone, key.gateway), payload: encodeAck(output.ack) }
        : { topic: resyncTopic(zone, key.gateway), payload: encodeRequest(output.request) };
    try {
      await commands.publish(publication);
    } catch (error) {
      errors.push(error);
    }
  }
  return errors;
}

function resyncTopic(zone: string, gateway: string): string {
  return `cmd/${zone}/gateway/${gateway}/resync`;
}
