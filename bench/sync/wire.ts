import { gzipSync } from 'node:zlib';
import { shippedAssetTypes } from '../../core/schema/models/asset-types.ts';
import { encodeFrame } from '../../core/sync/encode-frame.ts';
import { createSender, SENDER_DEFAULTS } from '../../core/sync/sender.ts';
import { observedAtMsOf } from '../../core/twin/stamp.ts';
import { type Replay, stateOf } from './replays.ts';

/** A line over which classic Greengrass, or MQTT itself, carries as much as IoT Core takes. */
const WIDE_LINE = { ...SENDER_DEFAULTS, bytesMax: 128 * 1024 } as const;

/** Bytes of payload over the whole of a replay. */
export interface Wire {
  readonly readings: number;
  readonly sent: number;
  readonly frameBytes: number;
  /** Of the last one. */
  readonly stateBytes: number;
  readonly jsonBytes: number;
  readonly gzipBytes: number;
}

/** What a sender makes of a replay, heartbeats included, beside the full state in JSON once a period. */
export function measureWire({ readings, tickMs }: Replay, periodMs: number): Wire {
  const sender = createSender({
    ...WIDE_LINE,
    gateway: 'gateway',
    lane: 'bulk',
    epoch: 1,
    assetTypes: shippedAssetTypes,
  });
  const state = new Map<string, unknown>();
  const wire = { readings: readings.length, sent: 0, frameBytes: 0, stateBytes: 0, jsonBytes: 0, gzipBytes: 0 };
  const [startMs, endMs] = [readings[0], readings.at(-1)].map((each) => observedAtMsOf(each?.stamp ?? 0n));
  let next = 0;
  let nextStateAtMs = (startMs ?? 0) + periodMs;
  for (let nowMs = startMs ?? 0; nowMs <= (endMs ?? 0) + tickMs; nowMs += tickMs) {
    for (let reading = readings[next]; reading && observedAtMsOf(reading.stamp) <= nowMs; reading = readings[next]) {
      sender.observe(reading, nowMs);
      state.set(reading.assetId, stateOf(reading));
      next += 1;
    }
    for (const frame of sender.tick(nowMs)) {
      wire.frameBytes += encodeFrame(frame).length;
      if (frame.kind === 'heartbeat') continue;
      wire.sent += frame.readings.length;
      sender.acknowledge({ lane: 'bulk', epoch: 1, sequence: frame.sequence, refused: [] });
    }
    if (nowMs < nextStateAtMs) continue;
    nextStateAtMs += periodMs;
    const json = JSON.stringify([...state.values()]);
    wire.stateBytes = json.length;
    wire.jsonBytes += json.length;
    wire.gzipBytes += gzipSync(json).length;
  }
  return wire;
}
