import type { Quality } from '../twin/weigh.ts';

/**
 * The tags of `schemas/delta.proto`. A tag is the field's number times 8 plus its wire type: 0 is a varint, 1 eight
 * bytes, 2 a length and as many bytes.
 */

export const FORMAT = 0x08;
export const DELTAS = 0x12;
export const DEPARTURES = 0x1a;

export const DELTA = {
  assetId: 0x0a,
  assetType: 0x12,
  zone: 0x1a,
  registered: 0x20,
  version: 0x28,
  resolvedAtMs: 0x30,
  validUntilMs: 0x38,
  sources: 0x42,
  attributes: 0x4a,
  positionSiblings: 0x52,
  position: 0x5a,
  abridged: 0x60,
} as const;

export const ATTRIBUTE = { name: 0x0a, siblings: 0x12, resolved: 0x1a, calibration: 0x22, review: 0x2a } as const;

export const CALIBRATION = { version: 0x0a, sources: 0x12 } as const;
export const SOURCE_CALIBRATION = { source: 0x08, bias: 0x11, sigma: 0x19, usual: 0x22 } as const;
export const USUAL = { level: 0x09, spread: 0x11 } as const;
export const REVIEW = { id: 0x0a, onsetMs: 0x10, openedAtMs: 0x18 } as const;

export const SIBLING = {
  source: 0x08,
  stamp: 0x11,
  receivedAtMs: 0x18,
  /** One of these. */
  value: { number: 0x21, boolean: 0x28, text: 0x32 },
  position: 0x3a,
  flags: 0x42,
  validUntilMs: 0x48,
} as const;

export const RESOLVED = {
  value: 0x0a,
  unit: 0x12,
  observedAtMs: 0x18,
  sources: 0x22,
  quality: 0x28,
  flags: 0x32,
  validUntilMs: 0x38,
  members: 0x42,
} as const;

export const RESOLVED_POSITION = { value: 0x0a, observedAtMs: 0x10, source: 0x18 } as const;

export const DEPARTURE = { assetId: 0x0a, version: 0x10, resolvedAtMs: 0x18, zone: 0x22, tile: 0x2a } as const;

/** By their numbers; 0 is none. */
export const QUALITIES: readonly (Quality | undefined)[] = [undefined, 'good', 'uncertain', 'stale'];

/** Of `DeltaMessage`. */
export const DELTA_FORMAT = 1;
