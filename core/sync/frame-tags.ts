/**
 * The tags of `schemas/sync.proto`, as far as frames with readings go. A tag is the field's number times 8 plus its wire
 * type: 0 is a varint, 1 eight bytes, 2 a length and as many bytes.
 */

export const FRAME = {
  format: 0x08,
  gateway: 0x12,
  lane: 0x18,
  epoch: 0x20,
  sequence: 0x28,
  sentAtMs: 0x30,
  kind: 0x38,
  assetTypes: 0x42,
  sensors: 0x4a,
  attributes: 0x52,
  twins: 0x5a,
  baseStamp: 0x69,
} as const;

export const ATTRIBUTE = { name: 0x0a, decimals: 0x10 } as const;

export const TWIN = { assetId: 0x0a, assetType: 0x10, readings: 0x1a } as const;

export const READING = {
  sensor: 0x08,
  stamp: 0x11,
  values: 0x1a,
  position: 0x22,
  positionSeen: 0x2a,
  attestation: 0x32,
  stampOffset: 0x38,
} as const;

export const VALUE = { attribute: 0x08, scaled: 0x10, number: 0x19, boolean: 0x20, text: 0x2a, seen: 0x32 } as const;

export const PLACE = { longitude: 0x08, latitude: 0x10, altitude: 0x18 } as const;

export const SEEN_DOT = { sensor: 0x08, stamp: 0x11 } as const;
