import { seededRandom } from '../../bench/support/random.ts';

/** Everything that a run leaves to chance comes from here, in one order, so that its seed gives the same run again. */
export interface Chance {
  happens(probability: number): boolean;
  /** A whole number, both ends included. */
  integer(min: number, max: number): number;
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
  shuffled<Item>(items: readonly Item[]): Item[];
}

export function createChance(seed: number): Chance {
  const next = seededRandom(seed);
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    // Nothing is drawn for what cannot happen, so that a healed run is not driven by the faults that it has no more.
    happens: (probability) => probability > 0 && next() < probability,
    integer,
    pick: (items) => items[integer(0, items.length - 1)] ?? items[0],
    shuffled(items) {
      const shuffled = [...items];
      for (let last = shuffled.length - 1; last > 0; last -= 1) {
        const other = integer(0, last);
        shuffled.splice(other, 1, ...shuffled.splice(last, 1, ...shuffled.slice(other, other + 1)));
      }
      return shuffled;
    },
  };
}
