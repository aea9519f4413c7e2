import type { Decoder } from './decoder.ts';
import { envelopedReading } from './envelope/enveloped-reading.ts';
import { jsonReading } from './json-reading.ts';
import { lorawanUplink } from './lorawan/lorawan-uplink.ts';
import { mappedJson } from './mapped-json.ts';
import { senmlCbor } from './senml/senml-cbor.ts';
import { standardPayload } from './standard-payload.ts';
import { syncFrames } from './sync-frames.ts';

/**
 * The formats that the platform reads; the first that accepts a message decodes it. One that tells itself by its first
 * bytes stands before one that goes by the topic alone.
 */
export const DECODERS: readonly Decoder[] = [
  envelopedReading,
  senmlCbor,
  standardPayload,
  mappedJson,
  jsonReading,
  lorawanUplink,
  syncFrames,
];
