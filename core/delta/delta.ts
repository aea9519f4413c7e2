import type { Evidence } from '../twin/evidence.ts';
import type { ResolvedTwin } from '../twin/resolve.ts';
import type { Twin } from '../twin/twin.ts';
import type { Place } from './place.ts';

/** One asset as it stands. Later ones have the higher version, or at the same version the later `resolvedAtMs`. */
export interface TwinDelta {
  readonly version: number;
  readonly resolved: ResolvedTwin;
  /** What was resolved. Once decoded, its siblings only; absent where they were too many for a message. */
  readonly twin?: Twin;
  /** What else it was resolved with; absent where there is none, and where `twin` is. */
  readonly evidence?: Evidence;
}

/** An asset's deltas are published at `to` from `version` on: for whoever looks at the place that it left. */
export interface Departure {
  readonly assetId: string;
  readonly version: number;
  readonly resolvedAtMs: number;
  readonly to: Place;
}
