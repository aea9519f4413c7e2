/** Decodes uplinks of a LoRaWAN, by vendors' codecs, away from the gateway. */

import { serveUplinks } from './adapters/lorawan/serve-uplinks.ts';

await serveUplinks();
