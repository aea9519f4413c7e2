import type { TwinDelta } from '../../../core/delta/delta.ts';
import { type DecodedDeltas, decodeDeltaMessage } from '../../../core/delta/decode.ts';
import type { AssetType, AttributeType } from '../../../core/schema/city-config.ts';
import { resolve } from '../../../core/twin/resolve.ts';
import type { Twin } from '../../../core/twin/twin.ts';

const attribute = (given: Partial<AttributeType>): AttributeType => ({
  description: '',
  kind: 'number',
  policy: 'max',
  maxAgeMs: 2,
  reporting: 'state',
  ...given,
});

/** Of the attributes that the arbitrary twins have, so short of breath that the first milliseconds of 1970 matter. */
export const ASSET_TYPES: Readonly<Record<string, AssetType>> = {
  TrafficFlowObserved: {
    description: '',
    model: 'cityweave',
    attributes: { intensity: attribute({ unit: 'C62', tolerance: 2 }), occupancy: attribute({ policy: 'latest' }) },
  },
  ParkingSpot: {
    description: '',
    model: 'cityweave',
    attributes: { intensity: attribute({ policy: 'min' }), status: attribute({ kind: 'string', policy: 'latest' }) },
  },
};

export function deltaOf(twin: Twin, version: number, nowMs: number): TwinDelta {
  return { twin, version, resolved: resolve(twin, ASSET_TYPES[twin.assetType], nowMs) };
}

export function decoded(bytes: Uint8Array): DecodedDeltas {
  const message = decodeDeltaMessage(bytes);
  if (!message.ok) throw new Error(message.detail);
  return message;
}
