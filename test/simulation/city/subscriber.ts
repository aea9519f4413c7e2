import { decodeDeltaMessage } from '../../../core/delta/decode.ts';
import { deltaTopic, type Place } from '../../../core/delta/place.ts';
import { type CityView, createView, type VersionedJson } from '../../../core/delta/view.ts';
import type { Cloud, Functions } from '../functions.ts';
import type { World } from '../world.ts';

const RETRY_MS = 2_000;

export interface Subscriber {
  readonly name: string;
  readonly scope: Partial<Place>;
  readonly isLossy: boolean;
  view(): CityView;
  /** Over again, with the configuration of now: subscribes, and then reads what stands. */
  connect(): void;
  /**
   * What its clock makes it do: resolves again what has ended, and asks the API where the answer may be another, which
   * is everywhere for who may have missed something, else only where no delta has brought the siblings. Returns the
   * assets that it asks for.
   */
  lookAtClock(): readonly string[];
}

/** Keeps a view of the city as a browser does, by deltas and the API. */
export function createSubscriber(
  world: World,
  { cloud, functions }: { readonly cloud: Cloud; readonly functions: Functions },
  { name, scope, isLossy }: Pick<Subscriber, 'name' | 'scope' | 'isLossy'>,
): Subscriber {
  const { scheduler, trace } = world;
  let view = createView(scope, cloud.city);
  let versions = new Map<string, number>();
  /** Asset → the version of which a delta has brought the siblings. */
  const heard = new Map<string, number>();
  let unsubscribe = (): void => undefined;

  /** A reader never sees an asset go back; where the asset has left, nothing is seen. */
  const check = (): void => {
    for (const [assetId, { version }] of view.twins()) {
      const before = versions.get(assetId) ?? 0;
      if (version < before) world.violated('a view never goes back', `${name}: ${assetId} ${before} to ${version}`);
      versions.set(assetId, version);
    }
  };

  const receive = (payload: Uint8Array): void => {
    const message = decodeDeltaMessage(payload);
    if (!message.ok) return world.violated('deltas can be read', `${name}: ${message.detail}`);
    for (const delta of message.deltas) {
      const isNews = view.apply(delta);
      const { assetId, resolvedAtMs } = delta.resolved;
      if (isNews) heard.set(assetId, delta.version);
      trace(() => `${name}: delta ${assetId} v${delta.version} at ${resolvedAtMs}${isNews ? '' : ', old'}`);
    }
    for (const departure of message.departures) {
      const isNews = view.depart(departure);
      trace(() => `${name}: ${departure.assetId} departs with v${departure.version}${isNews ? '' : ', old'}`);
    }
    check();
  };

  /** Until the API answers. */
  const get = async (path: string): Promise<unknown> => {
    for (;;) {
      try {
        const { status, body } = await functions.api.invoke({ path, operator: 'a viewer' });
        if (status === 200) return body;
        if (status === 404) return undefined;
      } catch {
        // It died over this request; the next one takes another copy.
      }
      await scheduler.pause(RETRY_MS);
    }
  };

  const readAll = async (mine: CityView): Promise<void> => {
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({
        limit: '3',
        ...(scope.zone && { zone: scope.zone }),
        ...(cursor && { cursor }),
      });
      const page = (await get(`/v1/twins?${query.toString()}`)) as { twins: VersionedJson[]; cursor: string | null };
      for (const twin of page.twins) mine.show(twin);
      cursor = page.cursor;
    } while (cursor !== null);
    check();
  };

  const ask = async (mine: CityView, assetId: string): Promise<void> => {
    const twin = await get(`/v1/twins/${assetId}`);
    if (twin) mine.show(twin as VersionedJson);
    check();
  };

  return {
    name,
    scope,
    isLossy,
    view: () => view,
    connect() {
      unsubscribe();
      view = createView(scope, cloud.city);
      versions = new Map();
      heard.clear();
      unsubscribe = cloud.broker.subscribe({ filter: deltaTopic(scope), isLossy, receive });
      void readAll(view);
    },
    lookAtClock() {
      const mine = view;
      const isKnown = (assetId: string): boolean => heard.get(assetId) === mine.twins().get(assetId)?.version;
      const doubtful = mine.expire(scheduler.nowMs()).filter((assetId) => isLossy || !isKnown(assetId));
      for (const assetId of doubtful) void ask(mine, assetId);
      return doubtful;
    },
  };
}
