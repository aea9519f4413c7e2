import { PROJECT } from './names.ts';

/** What a thing may be; each kind has a thing type and a policy, both of the name that `thingKindName` gives. */
export const THING_KINDS = ['device', 'gateway', 'bridge'] as const;
export type ThingKind = (typeof THING_KINDS)[number];

/** The attributes of a thing that policies read, and so must be set by whoever makes a thing of the kind. */
export const THING_ATTRIBUTES = {
  device: ['zone', 'assetType', 'asset'],
  gateway: ['zone'],
  /** One or both: the kind of its legacy sensors, the LoRaWAN network. */
  bridge: ['kind', 'network'],
} as const satisfies Readonly<Record<ThingKind, readonly string[]>>;

export type ThingAttribute = (typeof THING_ATTRIBUTES)[ThingKind][number];

export function thingKindName(kind: ThingKind): string {
  return `${PROJECT}-${kind}`;
}
