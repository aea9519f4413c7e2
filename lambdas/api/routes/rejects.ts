import { Hono } from 'hono';
import type { ListedReading } from '../../../core/ports.ts';
import { QUARANTINE_REASONS, REJECT_REASONS } from '../../../core/reason.ts';
import type { ApiContext } from '../app.ts';
import { limitParameter, oneOfParameter, timeParameter } from '../parameters.ts';

const PAGE = { fallback: 50, max: 200 };
/** Bytes of a message shown in a list; longer ones are cut, and say so. */
const SHOWN_BYTES_MAX = 1024;

export function rejectRoutes({ rejects }: ApiContext): Hono {
  const routes = new Hono();

  routes.get('/', async (request) => {
    const { reason, from, limit, cursor } = request.req.query();
    const only = oneOfParameter('reason', reason, [...REJECT_REASONS, ...QUARANTINE_REASONS]);
    const page = await rejects.list({
      ...(only ? { reason: only } : {}),
      fromMs: timeParameter('from', from, 0),
      limit: limitParameter(limit, PAGE),
      ...(cursor ? { cursor } : {}),
    });
    return request.json({ rejects: page.readings.map(shown), cursor: page.cursor ?? null });
  });

  return routes;
}

function shown({ bytes, receivedAtMs, ...reading }: ListedReading) {
  return {
    ...reading,
    receivedAt: new Date(receivedAtMs).toISOString(),
    payload: Buffer.from(bytes.subarray(0, SHOWN_BYTES_MAX)).toString('base64'),
    payloadBytes: bytes.byteLength,
  };
}
