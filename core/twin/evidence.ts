/** What a twin's resolution needs beside its registers. It is derived from the log, and never merged. */

/** What is known of the errors of an attribute's sources, folded from closed windows of the log. */
export interface Calibration {
  /** Names the record, so that a value can be explained with the one that made it. */
  readonly version: string;
  readonly sources: ReadonlyMap<string, SourceCalibration>;
}

/** In the attribute's unit. */
export interface SourceCalibration {
  /** What the source reads too much. */
  readonly bias: number;
  /** Standard deviation of what remains; positive. */
  readonly sigma: number;
  /** What the source itself has read of late, and how far it strays from that by itself; absent without a history. */
  readonly usual?: { readonly level: number; readonly spread: number };
}

/** A disagreement about a safety-critical attribute that is being watched, or has lasted so long that it is open. */
export interface Review {
  /** Of the asset, the attribute and the sources that disagree. */
  readonly id: string;
  /** When the disagreement was first seen. */
  readonly onsetMs: number;
  /** Absent until it has lasted longer than the attribute's `disagreeMaxMs`. */
  readonly openedAtMs?: number;
}

export interface Evidence {
  /** By attribute. */
  readonly calibrations: ReadonlyMap<string, Calibration>;
  /** By attribute. */
  readonly reviews: ReadonlyMap<string, Review>;
}

export const NO_EVIDENCE: Evidence = { calibrations: new Map(), reviews: new Map() };
