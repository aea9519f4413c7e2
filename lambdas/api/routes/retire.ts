import { Hono } from 'hono';
import { retirementOf } from '../../../core/reviews/settlement.ts';
import { isAuthority } from '../../../core/twin/authority.ts';
import { formatStamp } from '../../../core/twin/stamp.ts';
import type { ApiContext } from '../app.ts';
import { authorityOf } from '../authority.ts';
import { findTwin } from '../find-twin.ts';
import { problem } from '../problem.ts';
import { speak } from '../speak.ts';

/**
 * Takes a source out of a twin with all that it has said so far. What it says from now on counts again: a source that
 * moves to another asset is retired when it is there, one that is gone for good at any time.
 */
export function retireRoutes({ city, twins, streams, nowMs }: ApiContext): Hono {
  const routes = new Hono();

  /** A source may be two names joined by a slash, and API Gateway hands over what it was encoded as decoded. */
  routes.post('/:assetId/sources/:source{.+}/retire', async (request) => {
    const { assetId, source } = request.req.param();
    const authority = authorityOf(request);
    // What it decided ends by itself, and whom it distrusts would have their vote back.
    if (isAuthority(source)) throw problem(400, `"${source}" is an authority: settle the review instead`);
    const { twin } = await findTwin(twins, assetId);
    const retirement = retirementOf(twin, source, { authority, nowMs: nowMs() });
    if (!retirement) throw problem(404, `"${assetId}" knows of no source "${source}"`);
    await speak([retirement], { log: streams.observations, buckets: city.buckets });
    const { stamp, readingId } = retirement;
    return request.json({ assetId, source, floor: formatStamp(stamp), readingId }, 202);
  });

  return routes;
}
