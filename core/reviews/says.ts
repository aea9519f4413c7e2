import type { AttributeValue } from '../observation.ts';
import { type Standing, standingsOf } from '../twin/standing.ts';
import type { Register, Twin } from '../twin/twin.ts';

export interface Say {
  readonly source: string;
  readonly value: AttributeValue;
  readonly observedAtMs: number;
  /** Of a decision. */
  readonly validUntilMs?: number;
}

const NO_ENTRIES: Register = new Map();

/** What each source says of an attribute, whether it has a vote or not; newest first. */
export function saysOf({ registers }: Twin, attribute: string): readonly Say[] {
  return standingsOf(registers.get(attribute) ?? NO_ENTRIES)
    .filter(isScalar)
    .map(({ source, value, observedAtMs, validUntilMs }) => {
      return validUntilMs === undefined
        ? { source, value, observedAtMs }
        : { source, value, observedAtMs, validUntilMs };
    });
}

function isScalar(standing: Standing): standing is Standing & { readonly value: AttributeValue } {
  return typeof standing.value !== 'object';
}
