/** Live deltas with the real broker: what subscribers see, whatever they miss, is what the API answers. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import config from '../../cityweave.config.ts';
import { decodeDeltaMessage } from '../../core/delta/decode.ts';
import { deltaTopic, type Place } from '../../core/delta/place.ts';
import { type CityView, createView, type VersionedJson } from '../../core/delta/view.ts';
import { seededRandom } from '../../bench/support/random.ts';
import { type City, visit } from './city.ts';
import { fatesOf } from './log.ts';
import { openTarget, type Target } from './target.ts';

const WAIT_MAX_MS = 30_000;
const POLL_MS = 50;
const MARKET_HALL = { lat: 52.4773, lon: -1.8931 };
const MARKET_HALL_TILE = '03131310101001';
/** Two tiles further east. */
const ELSEWHERE = { lat: 52.4773, lon: -1.8531 };

let target: Target;
let city: City;
const subscribers: MqttClient[] = [];

beforeAll(async () => {
  target = await openTarget();
  city = await visit(target, `deltas-${randomUUID().slice(0, 8)}`);
}, 120_000);
afterAll(async () => {
  await Promise.all(subscribers.map((subscriber) => subscriber.endAsync(true)));
  await city?.close();
  await target?.close();
});

/** Subscribes, and gives each message to `arrive`, which may lose it, hold it back or give it twice. */
async function subscribe(scope: Partial<Place>, arrive: (payload: Uint8Array) => void): Promise<void> {
  const subscriber = await connectAsync(target.mqttUrl, { clientId: `viewer-${randomUUID()}` });
  subscribers.push(subscriber);
  subscriber.on('message', (_, payload) => arrive(payload));
  await subscriber.subscribeAsync(deltaTopic(scope));
}

function take(view: CityView, payload: Uint8Array): void {
  const message = decodeDeltaMessage(payload);
  if (!message.ok) throw new Error(message.detail);
  for (const delta of message.deltas) view.apply(delta);
  for (const departure of message.departures) view.depart(departure);
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + WAIT_MAX_MS;
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error(`still not so: ${what}`);
    await delay(POLL_MS);
  }
}

function carPark(assetId: string): string {
  return `dt/centre/OffStreetParking/${assetId}/camera`;
}

/** The twin as the API and a view should both show it: all but when it was asked for, and what the API alone knows. */
function comparable(twin: (VersionedJson & { context?: unknown; clocks?: unknown }) | undefined) {
  if (!twin) return undefined;
  const { resolvedAt: _, context: __, clocks: ___, ...json } = twin;
  return json;
}

describe('subscribers', () => {
  it('that start late, lose messages, see them twice or out of order end with what the API answers', async () => {
    const run = randomUUID().slice(0, 8);
    const assetIds = Array.from({ length: 6 }, (_, index) => `garage-${run}-${index}`);
    const random = seededRandom(20_261_121);
    const views = {
      faithful: createView({}, config),
      lossy: createView({}, config),
      disordered: createView({}, config),
      late: createView({}, config),
    };
    let losing = true;
    const heldBack: Uint8Array[] = [];
    await subscribe({}, (payload) => take(views.faithful, payload));
    await subscribe({}, (payload) => {
      if (!losing || random() < 0.4) take(views.lossy, payload);
    });
    await subscribe({}, (payload) => heldBack.push(payload));

    const publish = async (rounds: readonly number[]) => {
      for (const round of rounds) {
        for (const assetId of assetIds) {
          const attributes = { occupiedSpotNumber: round };
          await city.publish(carPark(assetId), { counter: round, attributes, position: MARKET_HALL });
        }
        await delay(20);
      }
    };
    await publish([1, 2, 3, 4, 5, 6]);
    await subscribe({}, (payload) => take(views.late, payload));
    losing = false;
    await publish([7]);

    const answers = new Map<string, VersionedJson>();
    await until('the last reading is in every twin', async () => {
      for (const assetId of assetIds) {
        const { status, body } = await city.get<VersionedJson>(`/v1/twins/${assetId}`);
        if (status === 200) answers.set(assetId, body);
      }
      return assetIds.every((id) => answers.get(id)?.attributes['occupiedSpotNumber']?.value === 7);
    });
    const seen = (view: CityView, assetId: string) => view.twins().get(assetId);
    const isThrough = ([, view]: readonly [string, CityView]) =>
      assetIds.every((id) => seen(view, id)?.version === answers.get(id)?.version);
    await until('all deltas are through', () => {
      views.disordered = createView({}, config);
      for (const payload of [...heldBack, ...heldBack].toSorted(() => random() - 0.5)) take(views.disordered, payload);
      return Object.entries(views).every(isThrough);
    });
    for (const [name, view] of Object.entries(views)) {
      for (const assetId of assetIds) {
        expect([name, comparable(seen(view, assetId))]).toEqual([name, comparable(answers.get(assetId))]);
      }
    }
  }, 90_000);

  it('of a tile are told when an asset leaves it, and of its new tile what it is', async () => {
    const bus = `bus-${randomUUID().slice(0, 8)}`;
    const topic = `dt/eastside/Vehicle/${bus}/tracker`;
    const here = createView({ tile: MARKET_HALL_TILE }, config);
    const everywhere = createView({ zone: 'eastside' }, config);
    await subscribe({ tile: MARKET_HALL_TILE }, (payload) => take(here, payload));
    await subscribe({ zone: 'eastside' }, (payload) => take(everywhere, payload));
    const drive = (speed: number, position: object) => city.publish(topic, { attributes: { speed }, position });

    await drive(30, MARKET_HALL);
    await until('the bus is here', () => here.twins().has(bus));
    await drive(31, ELSEWHERE);
    await until('the bus has left', () => !here.twins().has(bus));
    await until('the bus is there', () => everywhere.twins().get(bus)?.attributes['speed']?.value === 31);
    expect(everywhere.twins().get(bus)?.position).toMatchObject({ longitude: ELSEWHERE.lon });
  }, 60_000);
});

describe('a critical reading', () => {
  it('takes both lanes, and counts once', async () => {
    const junction = `junction-${randomUUID().slice(0, 8)}`;
    const view = createView({}, config);
    const versions: number[] = [];
    await subscribe({ zone: 'centre' }, (payload) => {
      const message = decodeDeltaMessage(payload);
      if (!message.ok) throw new Error(message.detail);
      for (const { resolved, version } of message.deltas) if (resolved.assetId === junction) versions.push(version);
      take(view, payload);
    });
    await city.publish(`dt/centre/TrafficSignal/${junction}/controller`, {
      counter: 1,
      attributes: { queueLength: 12 },
    });
    // One delta of each lane, of one and the same version.
    await until('both lanes have published', () => versions.length === 2);
    expect(versions).toEqual([1, 1]);
    const { body } = await city.get<VersionedJson>(`/v1/twins/${junction}`);
    expect(comparable(view.twins().get(junction))).toEqual(comparable(body));

    const logged = (await city.observations()).filter(({ assetId }) => assetId === junction);
    expect(fatesOf(logged)).toEqual(['applied']);
    expect((await city.rejects()).filter(({ topic }) => topic.includes(junction))).toEqual([]);
  }, 60_000);
});
