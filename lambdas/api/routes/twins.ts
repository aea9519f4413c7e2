import { Hono } from 'hono';
import type { StoredTwin, TwinQuery } from '../../../core/ports.ts';
import type { AssetType } from '../../../core/schema/city-config.ts';
import { explain } from '../../../core/twin/explain.ts';
import { resolve } from '../../../core/twin/resolve.ts';
import type { Twin } from '../../../core/twin/twin.ts';
import { twinJson } from '../../../core/twin/twin-json.ts';
import type { ApiContext } from '../app.ts';
import { limitParameter, nameParameter, oneOfParameter } from '../parameters.ts';
import { countFitting } from '../page-bytes.ts';
import { problem } from '../problem.ts';

const PAGE = { fallback: 50, max: 100 };

export function twinRoutes({ city, twins, nowMs }: ApiContext): Hono {
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

  routes.get('/:assetId', async (request) => request.json(shown(await find(request.req.param('assetId')))));

  routes.get('/:assetId/explain', async (request) => {
    const { twin } = await find(request.req.param('assetId'));
    const { attribute } = request.req.query();
    const attributes = attribute === undefined ? [...twin.registers.keys()].toSorted() : [attribute];
    const explained = attributes.map((name) => [name, explain(twin, typeOf(twin), name, nowMs())] as const);
    if (explained.some(([, explanation]) => explanation === undefined)) {
      const known = [...twin.registers.keys()].join(', ');
      throw problem(404, `"${twin.assetId}" has no attribute "${attribute}"; it has ${known}`);
    }
    return request.json({ assetId: twin.assetId, attributes: Object.fromEntries(explained) });
  });

  /** Where the twins are too large for one answer, the page is read again as long as they fit, so that its cursor does. */
  const fittingPage = async (query: TwinQuery) => {
    const { twins: found, cursor } = await twins.list(query);
    const page = found.map(shown);
    const fitting = countFitting(page);
    if (fitting < page.length) return fittingPage({ ...query, limit: fitting });
    return { twins: page, cursor: cursor ?? null };
  };

  const shown = ({ twin, version }: StoredTwin) => {
    return { ...twinJson(twin, resolve(twin, typeOf(twin), nowMs())), version };
  };

  const find = async (id: string): Promise<StoredTwin> => {
    const assetId = nameParameter('assetId', id);
    const stored = (await twins.read([assetId])).get(assetId);
    if (!stored) throw problem(404, `no twin "${assetId}": nothing has been reported about it yet`);
    return stored;
  };

  /** A type that the configuration has dropped resolves nothing, but its twins stay readable. */
  const typeOf = ({ assetType }: Twin): AssetType | undefined =>
    Object.hasOwn(city.assetTypes, assetType) ? city.assetTypes[assetType] : undefined;

  return routes;
}
