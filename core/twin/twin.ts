import type { AttributeValue, Position, ReadingFlag } from '../observation.ts';

/** What one register holds: an attribute's value, or for the register `position` a position. */
export type RegisterValue = AttributeValue | Position;

/** One source's standing value of one attribute. Its dot is (source, the entry's stamp). */
export interface Sibling {
  readonly value: RegisterValue;
  readonly receivedAtMs: number;
  readonly flags: readonly ReadingFlag[];
  /** Present where an authority decided instead of a sensor reporting: from then on it no longer stands. */
  readonly validUntilMs?: number;
}

/**
 * What is known of one source in one register: the highest stamp seen of it, and its sibling unless another writer
 * that had seen that stamp superseded it. Context and siblings in one, as in dotted version vector sets
 * (Preguiça et al. 2010, "Dotted Version Vectors: Logical Clocks for Optimistic Replication").
 */
export interface Entry {
  readonly stamp: bigint;
  readonly sibling?: Sibling;
}

/** A multi-value register: source → entry. */
export type Register = ReadonlyMap<string, Entry>;

/** One asset's state: a join-semilattice under `join`. Nothing in it depends on a clock or on arrival order. */
export interface Twin {
  readonly assetId: string;
  readonly assetType: string;
  readonly zone: string;
  /** Whether any of its writers found the asset in the registry. */
  readonly registered: boolean;
  /** Attribute → register; the asset's position is the register `position`. */
  readonly registers: ReadonlyMap<string, Register>;
  /** Retired source → floor: its dots at or below it are superseded. */
  readonly floors: ReadonlyMap<string, bigint>;
}
