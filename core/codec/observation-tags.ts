import type { Attestation, ObservationKind } from '../observation.ts';

/**
 * The tags of `schemas/observation.proto`. A tag is the field's number times 8 plus its wire type: 0 is a varint, 1 eight
 * bytes, 2 a length and as many bytes.
 */

/** `ObservationRecord.observations`. */
export const OBSERVATIONS = 0x0a;

export const READING_ID = 0x0a;
export const COUNT = 0x10;
export const KIND = 0x18;
export const CLIENT_ID = 0x22;
export const FLAGS = 0x2a;
export const ASSET_ID = 0x32;
export const ASSET_TYPE = 0x3a;
export const ZONE = 0x42;
export const SOURCE = 0x4a;
export const STAMP = 0x51;
export const SEEN = 0x5a;
export const OBSERVED_AT_MS = 0x60;
export const RECEIVED_AT_MS = 0x68;
export const POSITION = 0x72;
export const ATTESTATION = 0x78;
export const ATTRIBUTES = (16 << 3) | 2;
export const SCHEMA = (17 << 3) | 1;
export const REDRIVES = 18 << 3;
export const VALID_UNTIL_MS = 19 << 3;

/** Every map is a list of such entries. */
export const ENTRY_KEY = 0x0a;
export const ENTRY_MESSAGE = 0x12;
export const ENTRY_FIXED64 = 0x11;

export const CONTEXT_STAMPS = 0x0a;

/** One of these. */
export const VALUE = { number: 0x09, boolean: 0x10, text: 0x1a } as const;

export const LONGITUDE = 0x09;
export const LATITUDE = 0x11;
export const ALTITUDE = 0x19;

/** By their numbers; 0 is none. */
export const KINDS: readonly (ObservationKind | undefined)[] = [undefined, 'reading', 'decision', 'distrust', 'retire'];
export const ATTESTATIONS: readonly (Attestation | undefined)[] = ['none', 'live', 'historical'];
