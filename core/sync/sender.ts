/**
 * The sender's side of one lane of a gateway, without clock and network: it is told what sensors say, what the receiver
 * asks and what time it is, and `tick` returns the frames to send.
 */

import type { Ack, Ask, ResyncRequest, SyncConfig } from './command.ts';
import { listingsOf, rootOf } from './digest.ts';
import type { DigestReport, FrameReading, Lane, ReadingsFrame, SyncFrame } from './frame.ts';
import { createHeldFrames } from './held-frames.ts';
import { createOutbox, type OutboxOptions, type Waiting } from './outbox.ts';
import { type Fates, type Kept, lowestOf } from './trace.ts';

export interface SenderOptions extends OutboxOptions {
  readonly lane: Lane;
  /** Greater than that of any earlier start that lost its state, such as the time of the start. */
  readonly epoch: number;
  readonly deltaFramesPerSecondMax: number;
  /** Of silence. */
  readonly heartbeatIntervalMs: number;
  /** Frames that are not acknowledged; of more the oldest go, and with them only readings of `log` attributes. */
  readonly framesHeldMax: number;
}

export const SENDER_DEFAULTS = {
  /** What Greengrass nucleus lite takes of a QoS 1 message. */
  bytesMax: 4 * 1024,
  readingsMax: 1000,
  deltaFramesPerSecondMax: 10,
  heartbeatIntervalMs: 60_000,
  framesHeldMax: 1000,
  logWaitingMax: 10_000,
  relayWaitingMax: 1000,
  relayShareMax: 0.5,
} as const;

export interface Sender {
  /**
   * What a sensor says. Returns how many waiting readings of `log` attributes had to go for it.
   *
   * @param kept where it is to be found until the receiver has it
   */
  observe(reading: FrameReading, nowMs: number, kept?: Kept): number;
  /** What a sensor says while nothing can be sent: its state goes first when the line is there, the reading by `relay`. */
  anticipate(reading: FrameReading, nowMs: number): void;
  /** What was kept back: it goes as a whole and behind everything else. False where too many wait. */
  relay(reading: FrameReading, kept?: Kept): boolean;
  answer(request: ResyncRequest): void;
  acknowledge(ack: Ack): void;
  configure(config: SyncConfig): void;
  /** The line is there again: what was not acknowledged is sent once more. */
  resume(): void;
  /** The frames to send now: at most one with readings every 1000 / `deltaFramesPerSecondMax` ms, and a heartbeat. */
  tick(nowMs: number): readonly SyncFrame[];
  /** By journal, the lowest position of what waits for a frame or for its acknowledgement. What is suppressed does not. */
  unsettled(): ReadonlyMap<string, bigint>;
  fates(): Fates;
  waiting(): Waiting;
}

export function createSender(options: SenderOptions): Sender {
  const { gateway, lane } = options;
  let { epoch, deltaFramesPerSecondMax, heartbeatIntervalMs } = options;
  const outbox = createOutbox(options);
  const { cells } = outbox;
  const held = createHeldFrames(options.framesHeldMax);
  let sequence = 0;
  let isSnapshot = false;
  let isRepeatsTurn = true;
  /** The heartbeat that is owed, and what it must tell. */
  let owed: { readonly hasSums: boolean; readonly buckets: readonly number[] } | undefined;
  let nextFrameAtMs = 0;
  let spokeAtMs: number | undefined;

  const nextFrame = (nowMs: number): ReadingsFrame | undefined => {
    const { states, log, relayed } = outbox.waiting();
    const isQuiet = states + log + relayed + outbox.repeating() === 0;
    const repeated = isRepeatsTurn || isQuiet ? held.nextRepeated() : undefined;
    isRepeatsTurn = !repeated;
    if (repeated || isQuiet) return repeated;
    const kind = isSnapshot && outbox.repeating() > 0 ? 'snapshot' : 'delta';
    const { readings, kept } = outbox.gather(nowMs);
    isSnapshot &&= outbox.repeating() > 0;
    if (readings.length === 0) return undefined;
    sequence += 1;
    const frame: ReadingsFrame = { gateway, lane, epoch, sequence, sentAtMs: nowMs, kind, readings };
    held.add(frame, kept);
    return frame;
  };

  const digest = (): DigestReport => {
    const own = [...cells.leaves()];
    return {
      root: rootOf(cells.sums()),
      assets: new Set(own.map(({ assetId }) => assetId)).size,
      heldFrom: held.first() ?? sequence + 1,
      ...(owed?.hasSums && { sums: cells.sums() }),
      ...(owed && owed.buckets.length > 0 && { listings: listingsOf(own, owed.buckets, options.bytesMax) }),
    };
  };

  const apply = (ask: Ask): void => {
    if (ask.kind === 'snapshot' && !isSnapshot) {
      isSnapshot = true;
      outbox.repeat(cells.all());
    } else if (ask.kind === 'frames') {
      held.repeat(ask.first, ask.last);
    } else if (ask.kind === 'differences') {
      outbox.repeat(ask.wanted.flatMap((leaf) => cells.find(leaf) ?? []));
      for (const leaf of ask.heard) outbox.adopt(leaf);
    }
  };

  return {
    observe: (reading, nowMs, kept) => outbox.observe(reading, nowMs, kept),
    anticipate: (reading, nowMs) => outbox.anticipate(reading, nowMs),
    relay: (reading, kept) => outbox.relay(reading, kept),
    fates: () => outbox.fates(),
    waiting: () => outbox.waiting(),
    unsettled: () => lowestOf([...outbox.kept(), ...held.kept()]),

    answer(request) {
      if (request.lane !== lane || request.epoch !== epoch) return;
      const { ask } = request;
      apply(ask);
      owed = {
        hasSums: ask.kind === 'sums' || (owed?.hasSums ?? false),
        buckets: ask.kind === 'listings' ? ask.buckets : (owed?.buckets ?? []),
      };
    },

    acknowledge(ack) {
      if (ack.lane !== lane || ack.epoch < epoch) return;
      if (ack.epoch > epoch) {
        // Its clock was set back, or another start took a later one: what is held begins anew.
        epoch = ack.epoch + 1;
        sequence = held.renumber(epoch);
        return;
      }
      held.acknowledge(ack.sequence);
      for (const { assetId, sensor, stamp } of ack.refused) {
        for (const cell of cells.ofAsset(assetId)) {
          if (cell.sensor === sensor && cell.sent?.stamp === stamp) cells.setSent(cell, undefined);
        }
      }
    },

    configure(config) {
      deltaFramesPerSecondMax = config.deltaFramesPerSecondMax ?? deltaFramesPerSecondMax;
      heartbeatIntervalMs = config.heartbeatIntervalMs ?? heartbeatIntervalMs;
    },

    resume() {
      held.repeat(1, sequence);
    },

    tick(nowMs) {
      // A clock that was set back must not make it silent until it has caught up.
      if (spokeAtMs === undefined || nowMs < spokeAtMs) [spokeAtMs, nextFrameAtMs] = [nowMs, nowMs];
      outbox.wake(nowMs);
      const frames: SyncFrame[] = [];
      const frame = nowMs >= nextFrameAtMs ? nextFrame(nowMs) : undefined;
      if (frame) {
        frames.push(frame);
        nextFrameAtMs = nowMs + 1000 / deltaFramesPerSecondMax;
        spokeAtMs = nowMs;
      }
      const isAnswered = owed && outbox.repeating() + held.repeating() === 0;
      if (isAnswered || nowMs - spokeAtMs >= heartbeatIntervalMs) {
        frames.push({ gateway, lane, epoch, sequence, sentAtMs: nowMs, kind: 'heartbeat', digest: digest() });
        owed = undefined;
        spokeAtMs = nowMs;
      }
      return frames;
    },
  };
}
