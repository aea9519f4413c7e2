/**
 * The sender's side of one lane of a gateway, without clock and network: it is told what sensors say, what the receiver
 * asks and what time it is, and `tick` returns the frames to send.
 */

import type { AssetType } from '../schema/city-config.ts';
import { POSITION } from '../schema/names.ts';
import { observedAtMsOf } from '../twin/stamp.ts';
import type { RegisterValue } from '../twin/twin.ts';
import { type Cell, isDue, isNews, ruleOf, type Said, sendable } from './cell.ts';
import type { Ack, Ask, ResyncRequest, SyncConfig } from './command.ts';
import { listingsOf, rootOf, sumsOf } from './digest.ts';
import type { DigestReport, FrameReading, Lane, Leaf, ReadingsFrame, SyncFrame } from './frame.ts';
import { createGatherer, type FrameLimits } from './gather-frame.ts';

export interface SenderOptions extends FrameLimits {
  readonly gateway: string;
  readonly lane: Lane;
  /** Greater than that of any earlier start that lost its state, such as the time of the start. */
  readonly epoch: number;
  readonly assetTypes: Readonly<Record<string, AssetType>>;
  readonly deltaFramesPerSecondMax: number;
  /** Of silence. */
  readonly heartbeatIntervalMs: number;
  /** Frames that are not acknowledged; of more the oldest go, and with them only readings of `log` attributes. */
  readonly framesHeldMax: number;
  /** Readings of `log` attributes that wait for a frame; of more the oldest go. */
  readonly logWaitingMax: number;
}

export const SENDER_DEFAULTS = {
  /** What Greengrass nucleus lite takes of a QoS 1 message. */
  bytesMax: 4 * 1024,
  readingsMax: 1000,
  deltaFramesPerSecondMax: 10,
  heartbeatIntervalMs: 60_000,
  framesHeldMax: 1000,
  logWaitingMax: 10_000,
} as const;

export interface Sender {
  /** What a sensor says. Returns how many waiting readings of `log` attributes had to go for it. */
  observe(reading: FrameReading, nowMs: number): number;
  answer(request: ResyncRequest): void;
  acknowledge(ack: Ack): void;
  configure(config: SyncConfig): void;
  /** The line is there again: what was not acknowledged is sent once more. */
  resume(): void;
  /** The frames to send now: at most one with readings every 1000 / `deltaFramesPerSecondMax` ms, and a heartbeat. */
  tick(nowMs: number): readonly SyncFrame[];
}

export function createSender(options: SenderOptions): Sender {
  const { gateway, lane, assetTypes, framesHeldMax } = options;
  let { deltaFramesPerSecondMax, heartbeatIntervalMs } = options;
  /** Asset → `{attribute}/{sensor}` → cell. */
  const assets = new Map<string, Map<string, Cell>>();
  const dirty = new Set<Cell>();
  const suppressed = new Set<Cell>();
  /** To be sent as they were. */
  const again = new Set<Cell>();
  let log: { readonly cell: Cell; readonly said: Said }[] = [];
  let held: ReadingsFrame[] = [];
  let replay: ReadingsFrame[] = [];
  let { epoch } = options;
  let sequence = 0;
  let isSnapshot = false;
  let isReplaysTurn = true;
  /** The heartbeat that is owed, and what it must tell. */
  let owed: { readonly hasSums: boolean; readonly buckets: readonly number[] } | undefined;
  let nextFrameAtMs = 0;
  let spokeAtMs: number | undefined;
  let sums: readonly bigint[] | undefined;

  const cellOf = (assetId: string, assetType: string, attribute: string, sensor: string): Cell => {
    const cells = assets.get(assetId) ?? new Map<string, Cell>();
    assets.set(assetId, cells);
    const key = `${attribute}/${sensor}`;
    const cell = cells.get(key) ?? { assetId, assetType, attribute, sensor };
    cells.set(key, cell);
    return cell;
  };

  function* leaves(): Generator<Leaf> {
    for (const cells of assets.values()) {
      for (const { assetId, attribute, sensor, sent } of cells.values()) {
        if (sent) yield { assetId, attribute, sensor, stamp: sent.stamp };
      }
    }
  }

  const setSent = (cell: Cell, sent: Cell['sent']): void => {
    cell.sent = sent;
    sums = undefined;
  };

  const observeOne = (cell: Cell, dot: Omit<Said, 'value'>, measured: RegisterValue, nowMs: number): number => {
    const rule = ruleOf(assetTypes, cell.assetType, cell.attribute);
    const said = { ...dot, value: sendable(measured, rule) };
    if (rule.reporting === 'log') {
      log.push({ cell, said });
      return log.length > options.logWaitingMax ? log.splice(0, log.length - options.logWaitingMax).length : 0;
    }
    if (said.stamp <= (cell.latest?.stamp ?? cell.sent?.stamp ?? -1n)) return 0;
    cell.latest = said;
    const [to, from] = isNews(cell, said, measured, rule, nowMs) ? [dirty, suppressed] : [suppressed, dirty];
    from.delete(cell);
    to.add(cell);
    return 0;
  };

  const wasSent = (cell: Cell, said: Said, nowMs: number): void => {
    if (cell.sent === undefined || said.stamp >= cell.sent.stamp) {
      setSent(cell, { stamp: said.stamp, atMs: nowMs, said });
    }
    if (cell.latest && cell.latest.stamp <= said.stamp) {
      cell.latest = undefined;
      dirty.delete(cell);
      suppressed.delete(cell);
    }
    again.delete(cell);
  };

  const gather = (nowMs: number): readonly FrameReading[] => {
    const gatherer = createGatherer(options);
    let taken = 0;
    while (taken < log.length) {
      const next = log[taken];
      if (!next || !gatherer.add(next.cell, next.said)) break;
      wasSent(next.cell, next.said, nowMs);
      taken += 1;
    }
    log = log.slice(taken);
    for (const cell of dirty) {
      if (!cell.latest || !gatherer.add(cell, cell.latest)) break;
      wasSent(cell, cell.latest, nowMs);
    }
    for (const cell of again) {
      const said = cell.sent?.said;
      // What was sent before the restart cannot be sent again: it leaves the sent state.
      if (!said) setSent(cell, undefined);
      else if (!gatherer.add(cell, said)) break;
      again.delete(cell);
    }
    return gatherer.readings();
  };

  const nextFrame = (nowMs: number): ReadingsFrame | undefined => {
    const isQuiet = log.length + dirty.size + again.size === 0;
    const [repeated] = replay;
    if (repeated && (isReplaysTurn || isQuiet)) {
      replay = replay.slice(1);
      isReplaysTurn = false;
      return repeated;
    }
    isReplaysTurn = true;
    if (isQuiet) return undefined;
    const kind = isSnapshot && again.size > 0 ? 'snapshot' : 'delta';
    const readings = gather(nowMs);
    isSnapshot &&= again.size > 0;
    if (readings.length === 0) return undefined;
    sequence += 1;
    const frame: ReadingsFrame = { gateway, lane, epoch, sequence, sentAtMs: nowMs, kind, readings };
    held.push(frame);
    if (held.length > framesHeldMax) held = held.slice(-framesHeldMax);
    return frame;
  };

  const digest = (): DigestReport => {
    sums ??= sumsOf(gateway, leaves());
    const own = [...leaves()];
    return {
      root: rootOf(sums),
      assets: new Set(own.map(({ assetId }) => assetId)).size,
      heldFrom: held[0]?.sequence ?? sequence + 1,
      ...(owed?.hasSums && { sums }),
      ...(owed && owed.buckets.length > 0 && { listings: listingsOf(own, owed.buckets, options.bytesMax) }),
    };
  };

  const apply = (ask: Ask): void => {
    const cells = function* (): Generator<Cell> {
      for (const each of assets.values()) yield* each.values();
    };
    if (ask.kind === 'snapshot' && !isSnapshot) {
      isSnapshot = true;
      for (const cell of cells()) if (cell.sent) again.add(cell);
    } else if (ask.kind === 'frames') {
      const waiting = new Set(replay);
      const { first, last } = ask;
      replay.push(...held.filter((each) => each.sequence >= first && each.sequence <= last && !waiting.has(each)));
    } else if (ask.kind === 'differences') {
      for (const leaf of ask.wanted) {
        const cell = assets.get(leaf.assetId)?.get(`${leaf.attribute}/${leaf.sensor}`);
        if (cell?.sent) again.add(cell);
      }
      for (const leaf of ask.heard) adopt(leaf);
    }
  };

  /** A dot from before the restart: it was sent, and nothing older is worth sending. */
  const adopt = ({ assetId, attribute, sensor, stamp }: Leaf): void => {
    const cell = cellOf(assetId, '', attribute, sensor);
    if (cell.sent && cell.sent.stamp >= stamp) return;
    setSent(cell, { stamp, atMs: observedAtMsOf(stamp) });
    if (!cell.latest) return;
    suppressed.delete(cell);
    dirty.delete(cell);
    if (cell.latest.stamp > stamp) dirty.add(cell);
    else cell.latest = undefined;
  };

  return {
    observe({ assetId, assetType, sensor, stamp, attributes, position, seen }, nowMs) {
      const values: [string, RegisterValue][] = [
        ...attributes,
        ...(position ? [[POSITION, position] as const] : []),
      ].map(([name, value]) => [name, value]);
      return values.reduce((dropped, [attribute, value]) => {
        const cell = cellOf(assetId, assetType, attribute, sensor);
        cell.assetType = assetType;
        const seenOfIt = seen.get(attribute);
        return dropped + observeOne(cell, { stamp, ...(seenOfIt && { seen: seenOfIt }) }, value, nowMs);
      }, 0);
    },

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
        held = held.map((frame, index) => ({ ...frame, epoch, sequence: index + 1 }));
        sequence = held.length;
        replay = [...held];
        return;
      }
      held = held.filter((frame) => frame.sequence > ack.sequence);
      replay = replay.filter((frame) => frame.sequence > ack.sequence);
      for (const { assetId, sensor, stamp } of ack.refused) {
        for (const cell of assets.get(assetId)?.values() ?? []) {
          if (cell.sensor === sensor && cell.sent?.stamp === stamp) setSent(cell, undefined);
        }
      }
    },

    configure(config) {
      deltaFramesPerSecondMax = config.deltaFramesPerSecondMax ?? deltaFramesPerSecondMax;
      heartbeatIntervalMs = config.heartbeatIntervalMs ?? heartbeatIntervalMs;
    },

    resume() {
      replay = [...held];
    },

    tick(nowMs) {
      spokeAtMs ??= nowMs;
      for (const cell of suppressed) {
        if (cell.sent && !isDue(cell.sent, ruleOf(assetTypes, cell.assetType, cell.attribute), nowMs)) continue;
        suppressed.delete(cell);
        dirty.add(cell);
      }
      const frames: SyncFrame[] = [];
      const frame = nowMs >= nextFrameAtMs ? nextFrame(nowMs) : undefined;
      if (frame) {
        frames.push(frame);
        nextFrameAtMs = nowMs + 1000 / deltaFramesPerSecondMax;
        spokeAtMs = nowMs;
      }
      const isAnswered = owed && again.size + replay.length === 0;
      if (isAnswered || nowMs - spokeAtMs >= heartbeatIntervalMs) {
        frames.push({ gateway, lane, epoch, sequence, sentAtMs: nowMs, kind: 'heartbeat', digest: digest() });
        owed = undefined;
        spokeAtMs = nowMs;
      }
      return frames;
    },
  };
}
