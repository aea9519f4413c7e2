import type { AttributeType } from '../city-config.ts';
import { MINUTE_MS } from './limits.ts';

/** Too large for a message: the value refers to what the gateway has uploaded (docs/formats.md, "Claim check"). */
const uploaded = { kind: 'string', policy: 'latest', maxAgeMs: 10 * MINUTE_MS, reporting: 'log' } as const;

/** What cameras and LiDARs see, of the types that have them. */
export const SCENE = {
  cameraFrame: {
    ...uploaded,
    description: 'A frame of a camera.',
    claim: { contentTypes: ['image/jpeg', 'image/png', 'image/webp'] },
  },
  pointCloud: {
    ...uploaded,
    description: 'A tile of a LiDAR.',
    claim: { contentTypes: ['application/vnd.laszip', 'application/octet-stream'] },
  },
} as const satisfies Readonly<Record<string, AttributeType>>;
