/** What a sender has to say: what waits for a frame, what was sent, and what became of each reading. */

import type { AssetType } from '../schema/city-config.ts';
import { POSITION } from '../schema/names.ts';
import { observedAtMsOf } from '../twin/stamp.ts';
import type { RegisterValue } from '../twin/twin.ts';
import { type Cell, isDue, isNews, ruleOf, type Saying, sendable, type Whole } from './cell.ts';
import { type CellTable, createCellTable } from './cell-table.ts';
import type { FrameReading, Leaf } from './frame.ts';
import { createGatherer, type FrameLimits } from './gather-frame.ts';
import { createTraces, type Fates, type Kept, type Trace } from './trace.ts';

export interface OutboxOptions extends FrameLimits {
  readonly gateway: string;
  readonly assetTypes: Readonly<Record<string, AssetType>>;
  /** Readings of `log` attributes, and signed ones, that wait for a frame; of more the oldest go. */
  readonly logWaitingMax: number;
  /** Readings that were handed to `relay` and wait for a frame. */
  readonly relayWaitingMax: number;
  /** Of the bytes of a frame, 0 to 1: beyond it no further reading of `relay` goes into it. */
  readonly relayShareMax: number;
}

/** How much waits for a frame: attributes that changed, readings that are sent each, readings that were kept back. */
export interface Waiting {
  readonly states: number;
  readonly log: number;
  readonly relayed: number;
}

export interface Outbox {
  readonly cells: CellTable;
  observe(reading: FrameReading, nowMs: number, kept?: Kept): number;
  anticipate(reading: FrameReading, nowMs: number): void;
  relay(reading: FrameReading, kept?: Kept): boolean;
  /** What is to be sent as it was. */
  repeat(cells: Iterable<Cell>): void;
  /** A dot from before a restart: it was sent, and nothing older is worth sending. */
  adopt(leaf: Leaf): void;
  /** Readings of the next frame, and where they are kept. */
  gather(nowMs: number): { readonly readings: readonly FrameReading[]; readonly kept: readonly (Kept | undefined)[] };
  /** What was suppressed is looked at again as it grows old. */
  wake(nowMs: number): void;
  /** How much is to be sent as it was. */
  repeating(): number;
  waiting(): Waiting;
  /** Where what waits for a frame is kept. What is suppressed does not wait. */
  kept(): Iterable<Kept | undefined>;
  fates(): Fates;
}

export function createOutbox(options: OutboxOptions): Outbox {
  const cells = createCellTable(options.gateway);
  const traces = createTraces();
  const dirty = new Set<Cell>();
  const suppressed = new Set<Cell>();
  const again = new Set<Cell>();
  let log: Whole[] = [];
  let relayed: Whole[] = [];

  const ruleFor = ({ assetType, attribute }: Cell) => ruleOf(options.assetTypes, assetType, attribute);

  /** One for each register, as it was measured. */
  const sayingsOf = (reading: FrameReading, trace?: Trace): readonly Saying[] => {
    const { assetId, assetType, sensor, stamp, seen } = reading;
    return valuesOf(reading).map(([attribute, value]) => {
      const cell = cells.of(assetId, assetType, attribute, sensor);
      cell.assetType = assetType;
      const seenOfIt = seen.get(attribute);
      return { cell, said: { stamp, value, trace, ...(seenOfIt && { seen: seenOfIt }) } };
    });
  };

  const rounded = ({ cell, said }: Saying): Saying => ({
    cell,
    said: { ...said, value: sendable(said.value, ruleFor(cell)) },
  });

  /** What is signed stays as it is. Anything else is rounded as it would be elsewhere, because a dot has one value. */
  const wholeOf = (reading: FrameReading, kept?: Kept): Whole => {
    const { attestation } = reading;
    const measured = sayingsOf(reading, traces.begin(valuesOf(reading).length, kept));
    if (!attestation) return { sayings: measured.map(rounded) };
    const sayings: Saying[] = [];
    const whole: Whole = { sayings, attestation };
    sayings.push(...measured.map(({ cell, said }) => ({ cell, said: { ...said, whole } })));
    return whole;
  };

  /** Returns how many had to go. */
  const pushLog = (whole: Whole): number => {
    log.push(whole);
    const gone = log.splice(0, Math.max(0, log.length - options.logWaitingMax));
    for (const { said } of gone.flatMap(({ sayings }) => sayings)) traces.close(said.trace, 'dropped');
    return gone.length;
  };

  const observeState = (measured: Saying, nowMs: number): void => {
    const { cell } = measured;
    const { said } = rounded(measured);
    if (said.stamp <= (cell.latest?.stamp ?? cell.sent?.stamp ?? -1n)) return traces.close(said.trace, 'coalesced');
    closeLatest(cell);
    cell.latest = said;
    const isWorthIt = isNews(cell, said, measured.said.value, ruleFor(cell), nowMs);
    const [to, from] = isWorthIt ? [dirty, suppressed] : [suppressed, dirty];
    from.delete(cell);
    to.add(cell);
  };

  /** Another one stands for it. */
  const closeLatest = (cell: Cell): void =>
    traces.close(cell.latest?.trace, dirty.has(cell) ? 'coalesced' : 'suppressed');

  const wasSent = ({ cell, said }: Saying, nowMs: number): void => {
    if (cell.sent === undefined || said.stamp >= cell.sent.stamp) {
      cells.setSent(cell, { stamp: said.stamp, atMs: nowMs, said });
    }
    if (cell.latest && cell.latest.stamp <= said.stamp) {
      if (cell.latest !== said) closeLatest(cell);
      cell.latest = undefined;
      dirty.delete(cell);
      suppressed.delete(cell);
    }
    again.delete(cell);
    traces.close(said.trace, 'sent');
  };

  return {
    cells,

    observe(reading, nowMs, kept) {
      if (reading.attestation) return pushLog(wholeOf(reading, kept));
      const sayings = sayingsOf(reading, traces.begin(valuesOf(reading).length, kept));
      return sayings.reduce((dropped, each) => {
        if (ruleFor(each.cell).reporting === 'log') return dropped + pushLog({ sayings: [rounded(each)] });
        observeState(each, nowMs);
        return dropped;
      }, 0);
    },

    anticipate(reading, nowMs) {
      if (reading.attestation) return;
      for (const each of sayingsOf(reading)) {
        if (ruleFor(each.cell).reporting === 'state') observeState(each, nowMs);
      }
    },

    relay(reading, kept) {
      if (relayed.length >= options.relayWaitingMax) return false;
      relayed.push(wholeOf(reading, kept));
      return true;
    },

    repeat(wanted) {
      for (const cell of wanted) if (cell.sent) again.add(cell);
    },

    adopt({ assetId, attribute, sensor, stamp }) {
      const cell = cells.of(assetId, '', attribute, sensor);
      if (cell.sent && cell.sent.stamp >= stamp) return;
      cells.setSent(cell, { stamp, atMs: observedAtMsOf(stamp) });
      if (!cell.latest) return;
      const isLater = cell.latest.stamp > stamp;
      if (!isLater) closeLatest(cell);
      suppressed.delete(cell);
      dirty.delete(cell);
      if (isLater) dirty.add(cell);
      else cell.latest = undefined;
    },

    gather(nowMs) {
      const gatherer = createGatherer(options);
      const kept: (Kept | undefined)[] = [];
      const take = ({ sayings, attestation }: Whole): boolean => {
        if (!gatherer.add(sayings, attestation)) return false;
        for (const each of sayings) {
          kept.push(each.said.trace?.kept);
          wasSent(each, nowMs);
        }
        return true;
      };
      log = afterTaken(log, take);
      for (const cell of dirty) if (!cell.latest || !take({ sayings: [{ cell, said: cell.latest }] })) break;
      for (const cell of again) {
        const said = cell.sent?.said;
        // What was sent before the restart cannot be sent again: it leaves the sent state.
        if (!said) cells.setSent(cell, undefined);
        else if (!gatherer.add(said.whole?.sayings ?? [{ cell, said }], said.whole?.attestation)) break;
        again.delete(cell);
      }
      const relayBytesMax = gatherer.bytes() + options.relayShareMax * options.bytesMax;
      relayed = afterTaken(relayed, (whole) => gatherer.bytes() < relayBytesMax && take(whole));
      return { readings: gatherer.readings(), kept };
    },

    wake(nowMs) {
      for (const cell of suppressed) {
        if (cell.sent && !isDue(cell.sent, ruleFor(cell), nowMs)) continue;
        suppressed.delete(cell);
        dirty.add(cell);
      }
    },

    repeating: () => again.size,
    waiting: () => ({ states: dirty.size, log: log.length, relayed: relayed.length }),
    *kept() {
      for (const { latest } of dirty) yield latest?.trace?.kept;
      for (const { sayings } of [...log, ...relayed]) yield sayings[0]?.said.trace?.kept;
    },
    fates: () => traces.fates(),
  };
}

function valuesOf({ attributes, position }: FrameReading): readonly (readonly [string, RegisterValue])[] {
  return position ? [...attributes, [POSITION, position]] : [...attributes];
}

/** What is left of a queue behind those that could be taken. */
function afterTaken(queue: Whole[], take: (whole: Whole) => boolean): Whole[] {
  const left = queue.findIndex((whole) => !take(whole));
  return left < 0 ? [] : queue.slice(left);
}
