import { Hono } from 'hono';
import { POSITION } from '../../../core/schema/names.ts';
import { isDistrustRegister } from '../../../core/twin/distrust.ts';
import { explain } from '../../../core/twin/explain.ts';
import type { AttributeExplanation, TwinExplanation } from '../../../core/twin/explain-json.ts';
import { type Past, resolvedBefore } from '../../../core/twin/past.ts';
import { clocksJson } from '../../../core/twin/twin-json.ts';
import { assetTypeOf } from '../../shared/evidence-store.ts';
import type { ApiContext } from '../app.ts';
import { clockNotesOf } from '../clock-notes.ts';
import { findTwin } from '../find-twin.ts';
import { readPast, withPast } from '../past-readings.ts';
import { problem } from '../problem.ts';

/** Why a twin has its values: see `TwinExplanation`. History only adds to it; without it the answer says so. */
export function explainRoutes({ city, twins, evidence: store, clocks, history, nowMs, onFailure }: ApiContext): Hono {
  const routes = new Hono();

  routes.get('/:assetId/explain', async (request) => {
    const { twin, version } = await findTwin(twins, request.req.param('assetId'));
    const { attribute } = request.req.query();
    const known = [...twin.registers.keys()].filter((name) => !isDistrustRegister(name)).sort();
    const assetType = assetTypeOf(twin.assetType, city);
    const atMs = nowMs();
    const evidence = (await store.read([twin])).get(twin.assetId);

    const explained = (attribute === undefined ? known : [attribute]).map((name) => {
      const explanation = explain(twin, assetType, name, atMs, evidence);
      if (explanation) return explanation;
      throw problem(404, `"${twin.assetId}" has no attribute "${name}"; it has ${known.join(', ')}`);
    });
    const asked = explained.filter(({ attribute: name }) => name !== POSITION);
    const ofClocks = clocksJson(twin, await clockNotesOf(twin, clocks));
    const past = await readPast(asked, { history, clocks: ofClocks, onFailure });

    const attributes = explained.map((explanation): [string, AttributeExplanation] => {
      const readings: Past = past.readings.get(explanation.attribute) ?? new Map();
      const before = resolvedBefore(twin, assetType, explanation.attribute, readings, evidence);
      return [explanation.attribute, { ...withPast(explanation, readings), before: before ?? null }];
    });
    const answer: TwinExplanation = {
      assetId: twin.assetId,
      assetType: twin.assetType,
      zone: twin.zone,
      version,
      nowMs: atMs,
      history: past.state,
      clocks: ofClocks,
      attributes: Object.fromEntries(attributes),
    };
    return request.json(answer);
  });

  return routes;
}
