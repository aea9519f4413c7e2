import { Hono } from 'hono';
import type { ListedReading, RejectQuery } from '../../../core/ports.ts';
import { QUARANTINE_REASONS, REJECT_REASONS } from '../../../core/reason.ts';
import type { ApiContext } from '../app.ts';
import { limitParameter, oneOfParameter, timeParameter } from '../parameters.ts';
import { countFitting } from '../page-bytes.ts';
import { problem } from '../problem.ts';
import { type RedriveOutcome, redrive } from '../redrive.ts';
import { readRedriveRequest } from './redrive-request.ts';

const PAGE = { fallback: 50, max: 200 };
/** Bytes of a message shown in a list; longer ones are cut, and say so. */
const SHOWN_BYTES_MAX = 1024;

export function rejectRoutes({ city, rejects, streams }: ApiContext): Hono {
  const routes = new Hono();

  routes.get('/', async (request) => request.json(await fittingPage(queryOf(request.req.query()))));

  /** What becomes of the readings is not known yet when this answers: they are on their way again. */
  routes.post('/redrive', async (request) => {
    const asked = readRedriveRequest(await request.req.json<unknown>().catch(() => undefined));
    if (asked.ids) {
      const found = await Promise.all(asked.ids.map((id) => rejects.find(id)));
      const unknown = asked.ids.filter((_, index) => !found[index]);
      return request.json({ ...(await putBack(found.filter((reading) => reading !== undefined))), unknown }, 202);
    }
    const page = await rejects.list(queryOf(asked.query));
    const open = page.readings.filter(({ status }) => status !== 'redriven');
    return request.json({ ...(await putBack(open)), cursor: page.cursor ?? null }, 202);
  });

  routes.post('/:id/redrive', async (request) => {
    const id = request.req.param('id');
    const reading = await rejects.find(id);
    if (!reading)
      throw problem(404, `no kept reading "${id}": it has expired, or the id is not one that the list gives`);
    const { taken, failed } = await putBack([reading]);
    if (taken.length > 0) throw problem(409, `"${id}" has been put back in, or is being put back in by somebody else`);
    if (failed.length > 0) throw problem(503, `"${id}" could not be put back in; try again in a minute`);
    return request.json({ id, readingId: reading.readingId, status: 'redriven' }, 202);
  });

  const putBack = (readings: readonly ListedReading[]): Promise<RedriveOutcome> =>
    redrive(readings, { ledger: rejects, streams, buckets: city.buckets });

  /** Where the readings are too large for one answer, the page is read again as long as they fit. */
  const fittingPage = async (query: RejectQuery) => {
    const { readings, cursor } = await rejects.list(query);
    const page = readings.map(shown);
    const fitting = countFitting(page);
    if (fitting < page.length) return fittingPage({ ...query, limit: fitting });
    return { rejects: page, cursor: cursor ?? null };
  };

  return routes;
}

function queryOf({ reason, from, to, limit, cursor }: Readonly<Record<string, string | undefined>>): RejectQuery {
  const only = oneOfParameter('reason', reason, [...REJECT_REASONS, ...QUARANTINE_REASONS]);
  const toMs = to === undefined ? undefined : timeParameter('to', to, 0);
  return {
    ...(only ? { reason: only } : {}),
    fromMs: timeParameter('from', from, 0),
    ...(toMs === undefined ? {} : { toMs }),
    limit: limitParameter(limit, PAGE),
    ...(cursor ? { cursor } : {}),
  };
}

function shown({ bytes, receivedAtMs, ...reading }: ListedReading) {
  return {
    ...reading,
    receivedAt: new Date(receivedAtMs).toISOString(),
    payload: Buffer.from(bytes.subarray(0, SHOWN_BYTES_MAX)).toString('base64'),
    payloadBytes: bytes.byteLength,
  };
}
