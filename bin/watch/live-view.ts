import { randomUUID } from 'node:crypto';
import mqtt, { type MqttClient } from 'mqtt';
import { decodeDeltaMessage } from '../../core/delta/decode.ts';
import { deltaTopic, type Place } from '../../core/delta/place.ts';
import { type CityView, createView, type VersionedJson } from '../../core/delta/view.ts';
import type { CityConfig } from '../../core/schema/city-config.ts';
import { type ApiClient, tokenOf } from '../api-client.ts';
import type { Target } from '../target.ts';

/** The authorizer of the template that takes the HTTP API's tokens, and the only client ids that it admits. */
const AUTHORIZER = 'cityweave-token';
const CLIENT_ID_PREFIX = 'viewer-';
const RECONNECT_MS = 1000;
/** Twins a page; the API's own limit. */
const PAGE_TWINS = '100';
const EXPIRY_CHECK_MS = 1000;
/** Twins asked for at each check; the others wait for the next, so that a silent city costs no burst. */
const ASKS_MAX = 10;

export interface LiveViewOptions {
  readonly scope: Partial<Place>;
  readonly target: Target;
  readonly api: ApiClient;
  readonly city: CityConfig;
  /** Assets whose twin is another one now, or is gone from the view. */
  readonly changed: (assetIds: readonly string[]) => void;
  readonly told: (status: string) => void;
}

export interface LiveView {
  twins(): ReadonlyMap<string, VersionedJson>;
  close(): Promise<void>;
}

/**
 * Keeps a view of the city: subscribes to its deltas, then reads what stands, so that nothing falls in between; over again
 * whenever the connection was lost. Where a result ends without a new delta, the API is asked, because one may be lost.
 */
export function startLiveView({ scope, target, api, city, changed, told }: LiveViewOptions): LiveView {
  const client = connect(target);
  let view = createView(scope, city);

  client.on('message', (_, payload) => {
    const message = decodeDeltaMessage(payload);
    if (!message.ok) return told(`a message is passed over: ${message.detail}`);
    const applied = message.deltas.filter((delta) => view.apply(delta)).map(({ resolved }) => resolved.assetId);
    const departed = message.departures.filter((departure) => view.depart(departure)).map(({ assetId }) => assetId);
    if (applied.length + departed.length > 0) changed([...applied, ...departed]);
  });
  client.on('connect', () => {
    view = createView(scope, city);
    begin(client, view, scope, api).then(
      (assetIds) => {
        told(`live, ${assetIds.length} twins`);
        changed(assetIds);
      },
      (error: Error) => {
        told(`not live: ${error.message}`);
        client.reconnect();
      },
    );
  });
  client.on('error', ({ message }) => told(`no connection: ${message}`));
  client.on('close', () => {
    if (!client.disconnecting) told('connection lost, trying again');
  });

  const timer = setInterval(() => void mend(), EXPIRY_CHECK_MS);
  const mend = async (): Promise<void> => {
    const current = view;
    const expired = current.expire(Date.now());
    if (expired.length > 0) changed(expired);
    await Promise.all(expired.slice(0, ASKS_MAX).map((assetId) => ask(current, assetId)));
  };
  const ask = async (current: CityView, assetId: string): Promise<void> => {
    try {
      if (current.show(await api.get<VersionedJson>(`/v1/twins/${encodeURIComponent(assetId)}`))) changed([assetId]);
    } catch (error) {
      told(`${assetId} may be out of date: ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  return {
    twins: () => view.twins(),
    async close() {
      clearInterval(timer);
      await client.endAsync(true);
    },
  };
}

function connect(target: Target): MqttClient {
  const url = new URL(target.wsUrl);
  url.searchParams.set('x-amz-customauthorizer-name', AUTHORIZER);
  url.searchParams.set('token', tokenOf(target));
  return mqtt.connect(url.href, { clientId: CLIENT_ID_PREFIX + randomUUID(), reconnectPeriod: RECONNECT_MS });
}

/** Subscribes, then shows every page of what stands. Returns the ids of all in the view. */
async function begin(client: MqttClient, view: CityView, scope: Partial<Place>, api: ApiClient): Promise<string[]> {
  await client.subscribeAsync(deltaTopic(scope), { qos: 0 });
  let cursor: string | null | undefined;
  do {
    const page = await api.get<{ readonly twins: readonly VersionedJson[]; readonly cursor: string | null }>(
      '/v1/twins',
      { limit: PAGE_TWINS, ...(scope.zone && { zone: scope.zone }), ...(cursor && { cursor }) },
    );
    for (const twin of page.twins) view.show(twin);
    cursor = page.cursor;
  } while (cursor);
  return [...view.twins().keys()];
}
