/** Runs codecs away from the normalizer. */

import { serveCodecs } from '../../uplinks/serve-codecs.ts';

await serveCodecs();
