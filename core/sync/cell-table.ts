import type { Cell } from './cell.ts';
import { sumsOf } from './digest.ts';
import type { Leaf } from './frame.ts';

/** All cells of a sender, and the digest of what was sent of them. */
export interface CellTable {
  /** Made where there is none. */
  of(assetId: string, assetType: string, attribute: string, sensor: string): Cell;
  find(leaf: Omit<Leaf, 'stamp'>): Cell | undefined;
  ofAsset(assetId: string): Iterable<Cell>;
  all(): Iterable<Cell>;
  setSent(cell: Cell, sent: Cell['sent']): void;
  leaves(): Iterable<Leaf>;
  /** By bucket. */
  sums(): readonly bigint[];
}

export function createCellTable(gateway: string): CellTable {
  /** Asset → `{attribute}/{sensor}` → cell. */
  const assets = new Map<string, Map<string, Cell>>();
  /** Kept while nothing is sent, which is when they are asked for. */
  let sums: readonly bigint[] | undefined;

  const leaves = function* (): Generator<Leaf> {
    for (const cells of assets.values()) {
      for (const { assetId, attribute, sensor, sent } of cells.values()) {
        if (sent) yield { assetId, attribute, sensor, stamp: sent.stamp };
      }
    }
  };

  return {
    of(assetId, assetType, attribute, sensor) {
      const cells = assets.get(assetId) ?? new Map<string, Cell>();
      assets.set(assetId, cells);
      const key = `${attribute}/${sensor}`;
      const cell = cells.get(key) ?? { assetId, assetType, attribute, sensor };
      cells.set(key, cell);
      return cell;
    },
    find: ({ assetId, attribute, sensor }) => assets.get(assetId)?.get(`${attribute}/${sensor}`),
    ofAsset: (assetId) => assets.get(assetId)?.values() ?? [],
    *all() {
      for (const cells of assets.values()) yield* cells.values();
    },
    setSent(cell, sent) {
      cell.sent = sent;
      sums = undefined;
    },
    leaves,
    sums: () => (sums ??= sumsOf(gateway, leaves())),
  };
}
