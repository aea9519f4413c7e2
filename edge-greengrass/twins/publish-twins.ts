import { resolvedJson } from '../../core/twin/twin-json.ts';
import type { LocalBus } from '../ports.ts';
import type { LocalTwins } from './local-twins.ts';

const INTERVAL_MS = 1000;
/** A second; what changed beyond it has its turn in the next. */
const PUBLISHED_MAX = 100;

/**
 * Tells the other components of the cabinet what the gateway knows: each twin that changed, resolved, at most once a second,
 * as JSON on `cityweave/twins/{asset}` of the local bus. Gives what ends it.
 */
export function publishTwins(twins: LocalTwins, bus: LocalBus, nowMs: () => number): () => void {
  const timer = setInterval(() => {
    for (const assetId of twins.takeChanged(PUBLISHED_MAX)) {
      const resolved = twins.resolve(assetId, nowMs());
      if (!resolved) continue;
      const payload = new TextEncoder().encode(JSON.stringify(resolvedJson(resolved)));
      // Nobody may listen, and a bus that is away has nobody who could.
      bus.publish(`cityweave/twins/${assetId}`, payload).catch(() => undefined);
    }
  }, INTERVAL_MS).unref();
  return () => clearInterval(timer);
}
