/** A gateway, a city and a line between them that loses, repeats, delays and is cut, all by one seed. */

import { normalize } from '../../../core/codec/normalize.ts';
import type { Ack, ResyncRequest } from '../../../core/sync/command.ts';
import { encodeFrame } from '../../../core/sync/encode-frame.ts';
import { digestBucketOf } from '../../../core/sync/digest.ts';
import type { FrameReading, Leaf, SyncFrame } from '../../../core/sync/frame.ts';
import { createReceiver, type ReceiverOutput } from '../../../core/sync/receiver.ts';
import { RECEIVER_DEFAULTS, type ReceiverOptions } from '../../../core/sync/receiver-options.ts';
import { decodeState, encodeState } from '../../../core/sync/receiver-state.ts';
import { refusalOf } from '../../../core/sync/refusal.ts';
import { createSender, SENDER_DEFAULTS, type SenderOptions } from '../../../core/sync/sender.ts';
import { emptyTwinFor, merge } from '../../../core/twin/join.ts';
import type { RegisterValue, Twin } from '../../../core/twin/twin.ts';
import { messageOf } from '../codec/factories.ts';
import { smallCity } from '../schema/small-city.ts';
import { EIGHT_MS } from './frames.ts';

const GATEWAY = 'gw-7';
const TOPIC = `dt/north/gateway/${GATEWAY}/frames`;
const STEP_MS = 100;
const DELAY_MAX_MS = 4000;

/** Marsaglia's xorshift with 32 bits: one number replays a run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

type Down = Extract<ReceiverOutput, { kind: 'request' | 'ack' }>;

export interface Line {
  readonly losesPercent: number;
  readonly repeatsPercent: number;
  readonly delaysPercent: number;
  readonly isCut: boolean;
}

export const GOOD_LINE: Line = { losesPercent: 0, repeatsPercent: 0, delaysPercent: 0, isCut: false };
export const BAD_LINE: Line = { losesPercent: 30, repeatsPercent: 20, delaysPercent: 30, isCut: false };

export function createWorld(
  seed: number,
  changes: {
    readonly sender?: Partial<SenderOptions>;
    readonly receiver?: Partial<ReceiverOptions>;
    /** Between the receiver's hearing of a frame and the twins' showing it. */
    readonly mergeLagMs?: number;
    /** A twin that takes nothing of this attribute. */
    readonly deafTo?: string;
  } = {},
) {
  const { mergeLagMs = 0, deafTo } = changes;
  const random = randomOf(seed);
  const twins = new Map<string, Twin>();
  const frames: SyncFrame[] = [];
  const heard: ReceiverOutput[] = [];
  /** Source and stamp of whatever came out of a frame. */
  const arrived = new Set<string>();
  let nowMs = EIGHT_MS;
  let line = GOOD_LINE;
  let flying: { readonly atMs: number; readonly land: () => void }[] = [];

  const startSender = (epoch: number) =>
    createSender({
      ...SENDER_DEFAULTS,
      gateway: GATEWAY,
      lane: 'bulk',
      epoch,
      assetTypes: smallCity.assetTypes,
      ...changes.sender,
    });
  let sender = startSender(EIGHT_MS);

  function* contexts(): Generator<Leaf> {
    for (const { assetId, registers } of twins.values()) {
      for (const [attribute, register] of registers) {
        for (const [source, { stamp }] of register) {
          if (source.startsWith(`${GATEWAY}/`) && attribute !== deafTo) {
            yield { assetId, attribute, sensor: source.slice(GATEWAY.length + 1), stamp };
          }
        }
      }
    }
  }
  const receiverOptions = { ...RECEIVER_DEFAULTS, gateway: GATEWAY, lane: 'bulk', ...changes.receiver } as const;
  let receiver = createReceiver(receiverOptions);

  /** Now and then as a function does that remembers nothing from one call to the next. */
  const withReceiver = (act: () => readonly ReceiverOutput[]): void => {
    if (random(20) === 0) receiver = createReceiver(receiverOptions, decodeState(encodeState(receiver.state())));
    answer(act());
  };

  const throwOver = (land: () => void): void => {
    if (line.isCut || random(100) < line.losesPercent) return;
    const delayMs = random(100) < line.delaysPercent ? random(DELAY_MAX_MS) : 0;
    flying.push({ atMs: nowMs + delayMs, land });
    if (random(100) < line.repeatsPercent) flying.push({ atMs: nowMs + random(DELAY_MAX_MS), land });
  };

  const applyFrame = (frame: SyncFrame): void => {
    const message = messageOf(encodeFrame(frame), { topic: TOPIC, clientId: GATEWAY, receivedAtMs: nowMs });
    const { observations, kept } = normalize(message, {
      city: smallCity,
      stage: smallCity.stages.dev,
      assets: new Map(),
    });
    const mergeAll = (): void => {
      for (const each of observations) {
        arrived.add(`${each.source}@${each.stamp}`);
        twins.set(each.assetId, merge(twins.get(each.assetId) ?? emptyTwinFor(each), [each]).twin);
      }
    };
    if (mergeLagMs > 0) flying.push({ atMs: nowMs + mergeLagMs, land: mergeAll });
    else mergeAll();
    const refusal = refusalOf(frame, kept);
    if (refusal) throwOver(() => obey({ kind: 'ack', ack: refusal }));
    withReceiver(() => receiver.take(frame, nowMs));
  };

  const answer = (outputs: readonly ReceiverOutput[]): void => {
    heard.push(...outputs);
    for (const output of outputs) {
      if (output.kind === 'request' || output.kind === 'ack') throwOver(() => obey(output));
      if (output.kind === 'compare') {
        const { heartbeat, buckets } = output;
        const wanted = [...contexts()].filter(({ assetId }) => buckets?.has(digestBucketOf(assetId)) ?? true);
        answer(receiver.compare(heartbeat, wanted, nowMs));
      }
    }
  };

  const obey = (output: Down): void => {
    if (output.kind === 'ack') sender.acknowledge(output.ack satisfies Ack);
    else sender.answer(output.request satisfies ResyncRequest);
  };

  return {
    frames,
    heard,
    arrived,
    twins,
    random,
    nowMs: () => nowMs,
    observe: (reading: FrameReading) => sender.observe(reading, nowMs),
    setLine(next: Line): void {
      if (line.isCut && !next.isCut) sender.resume();
      line = next;
    },
    restart(): void {
      sender = startSender(nowMs);
    },
    /** Lets time pass, whatever is due in it happens. */
    run(ms: number): void {
      for (const endMs = nowMs + ms; nowMs < endMs; nowMs += STEP_MS) {
        const landing = flying.filter(({ atMs }) => atMs <= nowMs);
        flying = flying.filter(({ atMs }) => atMs > nowMs);
        for (const { land } of landing) land();
        for (const frame of sender.tick(nowMs)) {
          frames.push(frame);
          throwOver(() => applyFrame(frame));
        }
        answer(receiver.tick(nowMs));
      }
    },
  };
}

/** `asset/register/source` → the latest that any of these frames says of it, read off the frames alone. */
export function latestOf(frames: readonly SyncFrame[]): ReadonlyMap<string, readonly [bigint, RegisterValue]> {
  const latest = new Map<string, readonly [bigint, RegisterValue]>();
  for (const frame of frames) {
    if (frame.kind === 'heartbeat') continue;
    for (const { assetId, sensor, stamp, attributes, position } of frame.readings) {
      for (const [name, value] of [...attributes, ...(position ? [['position', position] as const] : [])]) {
        const key = `${assetId}/${name}/${GATEWAY}/${sensor}`;
        if (stamp >= (latest.get(key)?.[0] ?? -1n)) latest.set(key, [stamp, value]);
      }
    }
  }
  return latest;
}

export function registersOf(twins: ReadonlyMap<string, Twin>): ReadonlyMap<string, readonly [bigint, RegisterValue]> {
  const registers = new Map<string, readonly [bigint, RegisterValue]>();
  for (const { assetId, registers: all } of twins.values()) {
    for (const [name, register] of all) {
      for (const [source, { stamp, sibling }] of register) {
        if (sibling) registers.set(`${assetId}/${name}/${source}`, [stamp, sibling.value]);
      }
    }
  }
  return registers;
}
