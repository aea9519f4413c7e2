/** What `decode` says of a payload. */

import type { Reason } from '../../core/reason.ts';

export const FORMATS = {
  'json-reading': 'JSON reading',
  'ngsi-ld': 'NGSI-LD entity',
  'senml-json': 'SenML in JSON',
  'senml-cbor': 'SenML in CBOR',
  'mapped-json': 'JSON that a mapping reads',
  'lorawan-uplink': 'LoRaWAN uplink',
  'enveloped-reading': 'enveloped reading',
  'sync-frame': 'sync frame',
  'resync-request': 'sync command: resync',
  ack: 'sync command: ack',
  'sync-config': 'sync command: config',
  'delta-message': 'message of deltas',
  'observation-record': 'record of observations',
  'fec-frame': 'FEC frame',
  'fec-datagram': 'FEC datagram',
  'slot-request': 'request for an upload slot',
  unknown: 'no format known here',
} as const;

export type Format = keyof typeof FORMATS;

/** Why something is broken, and where. */
export interface Fault {
  readonly reason: Reason;
  readonly detail: string;
  /** Of the byte at which it shows, from 0; absent where it is in no one place. */
  readonly offset?: number;
}

export interface Field {
  readonly name: string;
  readonly value: unknown;
  /** UN/CEFACT common code. */
  readonly unit?: string;
}

/** A reading, an observation or a twin in a payload. */
export interface Item {
  readonly title: string;
  readonly facts: Facts;
  readonly fields: readonly Field[];
  readonly fault?: Fault;
}

/** What is said of a payload or an item as a whole, in the order in which people want it. */
export type Facts = Readonly<Record<string, string | number | boolean>>;

export interface Finding {
  readonly format: Format;
  readonly bytes: number;
  readonly facts: Facts;
  readonly items: readonly Item[];
  /** JSON from which `encode` makes the same payload; absent where it makes none of this format. */
  readonly content?: unknown;
  /** Other formats that these very bytes could be; a topic would tell. */
  readonly alternatives?: readonly Format[];
  readonly fault?: Fault;
  /** What an FEC frame carries. */
  readonly payload?: Finding;
}

/** Whether anything of it would be refused. */
export function isBroken({ fault, items, payload }: Finding): boolean {
  return fault !== undefined || items.some((item) => item.fault) || (payload !== undefined && isBroken(payload));
}
