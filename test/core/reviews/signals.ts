import type { AttributeValue, Observation } from '../../../core/observation.ts';
import type { AssetType, CityConfig } from '../../../core/schema/city-config.ts';
import { emptyTwin, merge } from '../../../core/twin/join.ts';
import type { Twin } from '../../../core/twin/twin.ts';
import { observationOf } from '../twin/arbitraries.ts';

export const NOW_MS = Date.UTC(2026, 10, 21, 8);
export const DISAGREE_MAX_MS = 15_000;
export const MAX_AGE_MS = 30_000;

const lamp = {
  description: 'what the lamp shows',
  kind: 'string',
  values: ['red', 'green', 'flashing'],
  policy: 'manual-review',
  safetyCritical: true,
  failSafe: 'flashing',
  disagreeMaxMs: DISAGREE_MAX_MS,
  maxAgeMs: MAX_AGE_MS,
  reporting: 'state',
} as const;

export const SIGNAL: AssetType = {
  description: 'a signal',
  model: 'test',
  attributes: {
    lamp,
    queue: {
      description: 'who waits',
      kind: 'number',
      unit: 'C62',
      policy: 'max',
      maxAgeMs: MAX_AGE_MS,
      reporting: 'state',
    },
  },
};

/** A type with nothing to review, beside the one that has. */
export const CITY: Pick<CityConfig, 'assetTypes'> = {
  assetTypes: { Signal: SIGNAL, Lot: { ...SIGNAL, attributes: { queue: SIGNAL.attributes['queue'] ?? lamp } } },
};

let readings = 0;

/** What a source says of the lamp, `agoMs` before `NOW_MS`. */
export function says(source: string, value: AttributeValue, agoMs = 0, given: Partial<Observation> = {}): Observation {
  readings += 1;
  return observationOf({
    readingId: `says-${readings}/0`,
    assetId: 'junction',
    assetType: 'Signal',
    zone: 'north',
    source,
    stamp: BigInt(NOW_MS - agoMs) * 1_000_000n,
    observedAtMs: NOW_MS - agoMs,
    receivedAtMs: NOW_MS - agoMs,
    attributes: new Map([['lamp', value]]),
    ...given,
  });
}

/** What an authority decides, having seen the twin. */
export function decides(
  twin: Twin,
  source: string,
  value: AttributeValue,
  agoMs: number,
  validForMs: number,
): Observation {
  const register = [...(twin.registers.get('lamp') ?? [])].map(([each, { stamp }]) => [each, stamp] as const);
  return says(`operator/${source}`, value, agoMs, {
    kind: 'decision',
    seen: new Map([['lamp', new Map(register)]]),
    validUntilMs: NOW_MS - agoMs + validForMs,
  });
}

export function twinOf(...observations: readonly Observation[]): Twin {
  return merge(emptyTwin('junction', 'Signal', 'north', true), observations).twin;
}
