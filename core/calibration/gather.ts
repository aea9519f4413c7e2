import type { Observation } from '../observation.ts';
import type { CityConfig } from '../schema/city-config.ts';
import { sortedByKey } from '../twin/sorted.ts';
import type { Reading, SourceReadings } from './differences.ts';
import type { AttributeWindow } from './fold-window.ts';
import { belongsTo, type Window } from './window.ts';

/** The readings of one window, gathered from the log in whatever order and however often they stand there. */
export interface Gathering {
  /** Takes what is a reading of the window, about attributes whose policy goes by calibration; passes over the rest. */
  add(observation: Observation): void;
  /** How many values are held: what it takes of memory. */
  readonly size: number;
  /**
   * Per attribute that two sources or more have spoken of, by asset and attribute: the same whatever the order was. One
   * after the other, because taken apart they need thrice the memory.
   */
  windows(): IterableIterator<AttributeWindow>;
}

/** Column by column: a run holds millions of readings. */
interface Held {
  readonly stamps: bigint[];
  readonly observedAtMs: number[];
  readonly values: number[];
}

interface HeldAttribute {
  readonly accuracy: number;
  readonly maxAgeMs: number;
  readonly sources: Map<string, Held>;
}

export function gatherReadings(window: Window, { assetTypes }: Pick<CityConfig, 'assetTypes'>): Gathering {
  const assets = new Map<string, Map<string, HeldAttribute>>();
  let size = 0;
  return {
    add(observation) {
      if (observation.kind !== 'reading' || !belongsTo(window, observation)) return;
      const { assetId, assetType, source, stamp, observedAtMs } = observation;
      const type = Object.hasOwn(assetTypes, assetType) ? assetTypes[assetType] : undefined;
      for (const [attribute, value] of observation.attributes) {
        const { policy, accuracy, maxAgeMs = 0 } = type?.attributes[attribute] ?? {};
        if (policy !== 'mean-3-sigma' || accuracy === undefined || typeof value !== 'number') continue;
        const attributes = entryOf(assets, assetId, () => new Map<string, HeldAttribute>());
        const { sources } = entryOf(attributes, attribute, () => ({ accuracy, maxAgeMs, sources: new Map() }));
        const held = entryOf(sources, source, () => ({ stamps: [], observedAtMs: [], values: [] }));
        held.stamps.push(stamp);
        held.observedAtMs.push(observedAtMs);
        held.values.push(value);
        size += 1;
      }
    },
    get size() {
      return size;
    },
    *windows() {
      for (const [assetId, attributes] of sortedByKey(assets)) {
        for (const [attribute, { sources, ...type }] of sortedByKey(attributes)) {
          if (sources.size > 1) yield { assetId, attribute, ...type, readings: readingsOf(sources) };
        }
      }
    },
  };
}

function entryOf<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function readingsOf(sources: ReadonlyMap<string, Held>): SourceReadings {
  return new Map([...sources].map(([source, held]) => [source, onceEach(held)]));
}

/** Each dot once, in order of time; of a dot that came with two values the smaller, whichever came first. */
function onceEach({ stamps, observedAtMs, values }: Held): readonly Reading[] {
  const readings = stamps.map((stamp, index) => ({
    stamp,
    observedAtMs: observedAtMs[index] ?? 0,
    value: values[index] ?? 0,
  }));
  readings.sort((a, b) => compareStamps(a.stamp, b.stamp) || a.value - b.value);
  return readings.filter(({ stamp }, index) => readings[index - 1]?.stamp !== stamp);
}

function compareStamps(a: bigint, b: bigint): number {
  return Number(a > b) - Number(a < b);
}
