import { Hono } from 'hono';
import type { HistoryQuery } from '../../../core/ports.ts';
import type { AttributeType } from '../../../core/schema/city-config.ts';
import { resolveBins } from '../../../core/twin/history-policy.ts';
import { observedAtMsOf } from '../../../core/twin/stamp.ts';
import { decodeCursor, encodeCursor, InvalidCursorError } from '../../shared/cursor.ts';
import type { ApiContext } from '../app.ts';
import {
  durationParameter,
  limitParameter,
  nameParameter,
  sourceParameter,
  TIME_MAX_MS,
  timeParameter,
} from '../parameters.ts';
import { problem } from '../problem.ts';

const PAGE = { fallback: 500, max: 1000 };
/** Without `from`, the last day. */
const PERIOD_MS = 24 * 60 * 60 * 1000;
/** A plot has no more points than this; more would be a download, which SQL serves better. */
const BINS_MAX = 10_000;

export function historyRoutes({ city, twins, history, nowMs }: ApiContext): Hono {
  const routes = new Hono();

  routes.get('/:assetId/history', async (request) => {
    if (!history) throw problem(501, 'this deployment keeps no history: set `historyStore` in cityweave.config.ts');
    const assetId = nameParameter('assetId', request.req.param('assetId'));
    const { attribute, from, to, bin, limit, cursor } = request.req.query();
    const source = sourceParameter('source', request.req.query('source'));

    const type = await attributeType(assetId, attribute);
    const page = cursor ? pageAt(cursor) : undefined;
    const toMs = page?.toMs ?? timeParameter('to', to, nowMs() + 1);
    const query: HistoryQuery = {
      assetId,
      attribute: type.name,
      numeric: type.declared.kind === 'number',
      fromMs: page?.fromMs ?? timeParameter('from', from, Math.max(0, toMs - PERIOD_MS)),
      toMs,
      ...(source ? { source } : {}),
    };
    if (query.fromMs >= toMs) throw problem(400, `from: got "${from}", expected a time before "to"`);

    const head = { assetId, attribute: type.name, unit: type.declared.unit ?? null };
    const binMs = durationParameter('bin', bin);
    if (binMs === undefined) {
      const found = await history.points(query, {
        limit: limitParameter(limit, PAGE),
        ...(page ? { cursor: page.cursor } : {}),
      });
      const points = found.points.map((point) => ({
        observedAt: isoTime(observedAtMsOf(point.stamp)),
        stamp: String(point.stamp),
        source: point.source,
        value: point.value,
      }));
      const next = found.cursor && encodeCursor({ fromMs: query.fromMs, toMs, cursor: found.cursor });
      return request.json({ ...head, points, cursor: next ?? null });
    }

    if ((toMs - query.fromMs) / binMs > BINS_MAX) {
      throw problem(
        400,
        `bin: got "${bin}", which gives more than ${BINS_MAX} bins; take a longer one or a shorter period`,
      );
    }
    const bins = resolveBins(await history.bins(query, binMs), type.declared);
    return request.json({
      ...head,
      bin,
      bins: bins.map(({ startMs, ...values }) => ({ start: isoTime(startMs), ...values })),
    });
  });

  const attributeType = async (
    assetId: string,
    attribute: string | undefined,
  ): Promise<{ name: string; declared: AttributeType }> => {
    if (!attribute) throw problem(400, 'attribute: missing, expected the name of one of the asset’s attributes');
    const stored = (await twins.read([assetId])).get(assetId);
    if (!stored) throw problem(404, `no twin "${assetId}": nothing has been reported about it yet`);
    const attributes = city.assetTypes[stored.twin.assetType]?.attributes ?? {};
    const declared = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
    if (declared) return { name: attribute, declared };
    const names = Object.keys(attributes).join(', ');
    throw problem(400, `attribute: got "${attribute}", expected one of ${stored.twin.assetType}: ${names}`);
  };

  return routes;
}

/** Where the next page starts. It carries the period, because the store's own cursor is good for the same query only. */
interface HistoryPage {
  readonly fromMs: number;
  readonly toMs: number;
  readonly cursor: string;
}

function pageAt(text: string): HistoryPage {
  const { fromMs, toMs, cursor } = decodeCursor(text);
  if (!isTime(fromMs) || !isTime(toMs) || fromMs >= toMs || typeof cursor !== 'string') {
    throw new InvalidCursorError(text);
  }
  return { fromMs, toMs, cursor };
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= TIME_MAX_MS;
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
