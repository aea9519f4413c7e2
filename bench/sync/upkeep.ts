import { shippedAssetTypes } from '../../core/schema/models/asset-types.ts';
import { decodeAck, decodeRequest } from '../../core/sync/decode-command.ts';
import { encodeFrame } from '../../core/sync/encode-frame.ts';
import type { Leaf, SyncFrame } from '../../core/sync/frame.ts';
import { RECEIVER_DEFAULTS } from '../../core/sync/receiver-options.ts';
import { NOTHING_HEARD } from '../../core/sync/receiver-state.ts';
import { createSender, SENDER_DEFAULTS } from '../../core/sync/sender.ts';
import { stampOf } from '../../core/twin/stamp.ts';
import type { Lanes } from '../../lambdas/sync-receiver/dynamodb-lanes.ts';
import { type StoredLane, toStateItem } from '../../lambdas/sync-receiver/lane-item.ts';
import { laneNames } from '../../lambdas/sync-receiver/lane-names.ts';
import { type Arrival, receive } from '../../lambdas/sync-receiver/receive.ts';
import { PRICES } from '../../bin/cost/prices.ts';

const START_MS = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;
const HOURS_A_MONTH = 730;
const TICK_MS = 500;
const MERGE_LAG_MS = 3000;
const METERING_BYTES = 5 * 1024;
const WRITE_UNIT_BYTES = 1024;
const KEY = { gateway: 'gateway', lane: 'bulk' } as const;

export interface Habit {
  readonly assets: number;
  /** Between two readings of the gateway, of one asset after the other. */
  readonly readingEveryMs: number;
}

/** What the protocol costs beside the frames of readings, of one hour. */
export interface Upkeep {
  readonly frames: number;
  readonly heartbeats: number;
  readonly acks: number;
  readonly requests: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly laneReads: number;
  readonly laneWriteUnits: number;
  readonly twinReads: number;
  /** Messages in and out of the broker. */
  readonly metered: number;
  readonly usdMonth: number;
}

/** Runs a gateway's sender against the function's own code for two hours, and counts what the second of them takes. */
export async function measureUpkeep({ assets, readingEveryMs }: Habit): Promise<Upkeep> {
  const sender = createSender({ ...SENDER_DEFAULTS, ...KEY, epoch: START_MS, assetTypes: shippedAssetTypes });
  const contexts = new Map<string, Leaf & { readonly mergedAtMs: number }>();
  const count = { frames: 0, heartbeats: 0, acks: 0, requests: 0, bytesUp: 0, bytesDown: 0, laneReads: 0 };
  const units = { laneWriteUnits: 0, twinReads: 0, metered: 0 };
  let stored: StoredLane = { key: KEY, zone: 'centre', version: 0, state: NOTHING_HEARD, isWaiting: false };
  let nowMs = START_MS;
  const isCounted = (): boolean => nowMs >= START_MS + HOUR_MS;

  const lanes: Lanes = {
    async read() {
      if (isCounted()) count.laneReads += 1;
      return [stored];
    },
    async write(lane) {
      stored = { ...lane, version: lane.version + 1 };
      if (isCounted()) units.laneWriteUnits += unitsOf(JSON.stringify(toStateItem(stored)).length, WRITE_UNIT_BYTES);
      return 'written';
    },
    waiting: async () => [],
    names: async () => new Map(),
    addNames: async () => undefined,
  };
  const context = {
    lanes,
    names: laneNames(lanes),
    async heard(_gateway: string, names: ReadonlyMap<string, unknown>) {
      if (isCounted()) units.twinReads += names.size;
      return [...contexts.values()].filter(({ mergedAtMs }) => mergedAtMs <= nowMs);
    },
    commands: {
      async publish({ topic, payload }: { readonly topic: string; readonly payload: Uint8Array }) {
        const [kind, decoded] = topic.endsWith('/ack')
          ? (['acks', decodeAck(payload)] as const)
          : (['requests', decodeRequest(payload)] as const);
        if (!decoded.ok) throw new Error(decoded.detail);
        if ('ask' in decoded.command) sender.answer(decoded.command);
        else sender.acknowledge(decoded.command);
        if (!isCounted()) return;
        count[kind] += 1;
        count.bytesDown += payload.length;
        // In by HTTP, and out to the gateway.
        units.metered += 2 * unitsOf(payload.length, METERING_BYTES);
      },
    },
    nowMs: () => nowMs,
  };

  const send = (frame: SyncFrame): Arrival => {
    const bytes = encodeFrame(frame).length;
    if (frame.kind !== 'heartbeat') {
      for (const { assetId, sensor, stamp, attributes } of frame.readings) {
        for (const attribute of attributes.keys()) {
          const leaf = { assetId, attribute, sensor, stamp, mergedAtMs: nowMs + MERGE_LAG_MS };
          contexts.set(`${assetId}/${attribute}`, leaf);
        }
      }
    }
    if (isCounted()) {
      count[frame.kind === 'heartbeat' ? 'heartbeats' : 'frames'] += 1;
      if (frame.kind === 'heartbeat') count.bytesUp += bytes;
    }
    return { frame, receivedAtMs: nowMs };
  };

  let arrivals: Arrival[] = [];
  let said = 0;
  for (; nowMs < START_MS + 2 * HOUR_MS; nowMs += TICK_MS) {
    // Each asset once, and then one after the other.
    for (; (said - assets) * readingEveryMs <= nowMs - START_MS; said += 1) {
      const assetId = `station-${said % assets}`;
      const attributes = new Map([['temperature', (said % 97) - 20]]);
      const stamp = stampOf(nowMs, said % 1_000_000);
      sender.observe(
        { assetId, assetType: 'WeatherObserved', sensor: 'mast', stamp, attributes, seen: new Map() },
        nowMs,
      );
    }
    arrivals.push(...sender.tick(nowMs).map(send));
    const isWindowOver = (nowMs - START_MS) % RECEIVER_DEFAULTS.reorderGraceMs === 0;
    if (arrivals.length === 0 || !isWindowOver) continue;
    await receive(KEY, arrivals, context, 'centre');
    arrivals = [];
  }
  return { ...count, ...units, usdMonth: HOURS_A_MONTH * usdOf({ ...count, ...units }) };
}

type Counted = Pick<Upkeep, 'heartbeats' | 'metered' | 'laneReads' | 'laneWriteUnits' | 'twinReads'>;

function usdOf({ heartbeats, metered, laneReads, laneWriteUnits, twinReads }: Counted): number {
  const { iotCore, dynamodb } = PRICES;
  // A lane is read consistently, a twin not; both in one unit.
  const readUnits = laneReads + twinReads / 2;
  return (
    heartbeats * (iotCore.rule + iotCore.action) +
    metered * iotCore.message +
    readUnits * dynamodb.readUnit +
    laneWriteUnits * dynamodb.writeUnit
  );
}

function unitsOf(bytes: number, unitBytes: number): number {
  return Math.max(1, Math.ceil(bytes / unitBytes));
}
