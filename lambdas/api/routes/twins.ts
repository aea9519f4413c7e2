import { Hono } from 'hono';
import type { StoredTwin, TwinQuery } from '../../../core/ports.ts';
import { resolve } from '../../../core/twin/resolve.ts';
import { clocksJson, twinJson } from '../../../core/twin/twin-json.ts';
import { assetTypeOf } from '../../shared/evidence-store.ts';
import type { ApiContext } from '../app.ts';
import { clockNotesOf } from '../clock-notes.ts';
import { findTwin } from '../find-twin.ts';
import { limitParameter, oneOfParameter } from '../parameters.ts';
import { countFitting } from '../page-bytes.ts';

const PAGE = { fallback: 50, max: 100 };

export function twinRoutes({ city, twins, evidence, clocks, nowMs }: ApiContext): Hono {
  const routes = new Hono();

  routes.get('/', async (request) => {
    const { type, zone, limit, cursor } = request.req.query();
    const assetType = oneOfParameter('type', type, Object.keys(city.assetTypes));
    const zoneName = oneOfParameter('zone', zone, Object.keys(city.zones));
    const page = await fittingPage({
      ...(assetType ? { assetType } : {}),
      ...(zoneName ? { zone: zoneName } : {}),
      limit: limitParameter(limit, PAGE),
      ...(cursor ? { cursor } : {}),
    });
    return request.json(page);
  });

  routes.get('/:assetId', async (request) => {
    const stored = await findTwin(twins, request.req.param('assetId'));
    const [[twin], notes] = await Promise.all([shown([stored]), clockNotesOf(stored.twin, clocks)]);
    return request.json({ ...twin, clocks: clocksJson(stored.twin, notes) });
  });

  /** Where the twins are too large for one answer, the page is read again as long as they fit, so that its cursor does. */
  const fittingPage = async (query: TwinQuery) => {
    const { twins: found, cursor } = await twins.list(query);
    const page = await shown(found);
    const fitting = countFitting(page);
    if (fitting < page.length) return fittingPage({ ...query, limit: fitting });
    return { twins: page, cursor: cursor ?? null };
  };

  const shown = async (stored: readonly StoredTwin[]) => {
    const resolvedAtMs = nowMs();
    const known = await evidence.read(stored.map(({ twin }) => twin));
    return stored.map(({ twin, version }) => {
      const resolved = resolve(twin, assetTypeOf(twin.assetType, city), resolvedAtMs, known.get(twin.assetId));
      return { ...twinJson(twin, resolved), version };
    });
  };

  return routes;
}
