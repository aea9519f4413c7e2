import assert from 'node:assert/strict';
import canonicalize from 'canonicalize';
import { Hono } from 'hono';
import { parseJson } from '../../../core/codec/json.ts';
import { decodeObservationRecord, encodeObservationRecord } from '../../../core/codec/observation-record.ts';
import type { Observation } from '../../../core/observation.ts';
import type { StoredReview, StoredTwin } from '../../../core/ports.ts';
import { saysOf } from '../../../core/reviews/says.ts';
import { settlementOf } from '../../../core/reviews/settlement.ts';
import type { Evidence } from '../../../core/twin/evidence.ts';
import { attributeTypeOf, resolve } from '../../../core/twin/resolve.ts';
import { assetTypeOf } from '../../shared/evidence-store.ts';
import type { ApiContext } from '../app.ts';
import { authorityOf } from '../authority.ts';
import { limitParameter } from '../parameters.ts';
import { problem } from '../problem.ts';
import { speak } from '../speak.ts';
import { readIdempotencyKey, readSettleRequest } from './settle-request.ts';

const PAGE = { fallback: 50, max: 100 };

export function reviewRoutes({ city, twins, evidence, reviews, streams, nowMs }: ApiContext): Hono {
  const routes = new Hono();

  routes.get('/', async (request) => {
    const { limit, cursor } = request.req.query();
    const page = await reviews.list({ limit: limitParameter(limit, PAGE), ...(cursor && { cursor }) });
    const stored = await twins.read([...new Set(page.reviews.map(({ assetId }) => assetId))]);
    const resolvedAtMs = nowMs();
    const known = await evidence.read([...stored.values()].map(({ twin }) => twin));
    const shown = page.reviews.flatMap((review) => {
      const twin = stored.get(review.assetId);
      return twin ? [showReview(review, twin, known.get(review.assetId), resolvedAtMs)] : [];
    });
    return request.json({ reviews: shown, cursor: page.cursor ?? null });
  });

  /** Answers when the log has the decision; the twin has it a moment later. */
  routes.post('/:id/settle', async (request) => {
    const id = request.req.param('id');
    const authority = authorityOf(request);
    const key = readIdempotencyKey(request.req.header('idempotency-key'));
    const body = parseJson(new Uint8Array(await request.req.arrayBuffer()));
    if (!body.ok) throw problem(400, `the body: ${body.detail}`);

    const review = await findReview(id);
    const { twin, attributeType } = await disputed(review);
    const register = twin.registers.get(review.attribute) ?? new Map();
    const decision = readSettleRequest(body.value, {
      attribute: review.attribute,
      attributeType,
      register,
      nowMs: nowMs(),
    });

    const messageId = `settle/${id}/${review.onsetMs}/${authority}/${key}`;
    const observations = settlementOf(twin, decision, { authority, messageId, nowMs: nowMs() });
    const asked = canonicalize(body.value) ?? '';
    const record = encodeObservationRecord(observations);
    const kept = await reviews.keep(review, { authority, key, request: asked, record });
    if (kept.request !== asked) throw problem(409, `Idempotency-Key: "${key}" has been used for another decision`);
    const settled = observationsIn(kept.record);
    await speak(settled, { log: streams.observations, buckets: city.buckets });
    return request.json(settlementJson(review, settled), 202);
  });

  const findReview = async (id: string): Promise<StoredReview> => {
    const review = await reviews.find(id);
    if (review === 'unknown')
      throw problem(404, `no open review "${id}": its sources agree again, or there never was one`);
    if (review === 'cleared') throw problem(409, `review "${id}" has just been cleared: its sources agree again`);
    return review;
  };

  const disputed = async ({ id, assetId, attribute }: StoredReview) => {
    const twin = (await twins.read([assetId])).get(assetId)?.twin;
    const attributeType = twin && attributeTypeOf(assetTypeOf(twin.assetType, city), attribute);
    if (twin && attributeType) return { twin, attributeType };
    throw problem(409, `review "${id}" is about what the configuration no longer declares`);
  };

  const showReview = (
    { id, assetId, attribute, sources, onsetMs, openedAtMs = onsetMs }: StoredReview,
    { twin }: StoredTwin,
    known: Evidence | undefined,
    resolvedAtMs: number,
  ) => {
    const resolved = resolve(twin, assetTypeOf(twin.assetType, city), resolvedAtMs, known).attributes.get(attribute);
    return {
      id,
      assetId,
      assetType: twin.assetType,
      zone: twin.zone,
      attribute,
      sources,
      onset: isoTime(onsetMs),
      openedAt: isoTime(openedAtMs),
      value: resolved?.value ?? null,
      flags: resolved?.flags ?? [],
      says: saysOf(twin, attribute).map(({ source, value, observedAtMs, validUntilMs }) => {
        const validUntil = validUntilMs === undefined ? {} : { validUntil: isoTime(validUntilMs) };
        return { source, value, observedAt: isoTime(observedAtMs), ...validUntil };
      }),
    };
  };

  return routes;
}

function observationsIn(record: Uint8Array): readonly [Observation, ...Observation[]] {
  const decoded = decodeObservationRecord(record);
  assert(decoded.ok, 'a settlement holds a record of the log');
  const [decision, ...distrusts] = decoded.observations;
  assert(decision, 'a record holds an observation');
  return [decision, ...distrusts];
}

/** As it was settled first, also to whoever asks again. */
function settlementJson({ id, assetId, attribute }: StoredReview, [decision, distrust]: readonly Observation[]) {
  return {
    id,
    assetId,
    attribute,
    authority: decision?.source,
    value: decision?.attributes.get(attribute),
    validUntil: isoTime(decision?.validUntilMs ?? 0),
    distrusted: [...(distrust?.attributes.keys() ?? [])].map((register) =>
      register.slice(`distrust/${attribute}/`.length),
    ),
    readingIds: [decision, distrust].flatMap((each) => each?.readingId ?? []),
  };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
