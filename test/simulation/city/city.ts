import { placeOf } from '../../../core/delta/place.ts';
import { type Accounts, openAccounts } from '../accounts.ts';
import { checkClaim } from '../checks/claims-are-exclusive.ts';
import { checkTwinGrows } from '../checks/twins-only-grow.ts';
import { createBroker } from '../cloud/broker.ts';
import { mapStream } from '../cloud/mapping.ts';
import { createStreams } from '../cloud/streams.ts';
import { createTables } from '../cloud/tables.ts';
import { type Cloud, deployFunctions, type Functions } from '../functions.ts';
import type { World } from '../world.ts';
import { writeCalibrations } from './calibrations.ts';
import { ASSETS, drawCity, STOPS } from './config.ts';
import { createDevice, devicesOf } from './device.ts';
import { createDeviceNetwork } from './device-network.ts';
import { registerFrames } from './frames.ts';
import { createGateway } from './gateway.ts';
import { createOperators, type Operators, register } from './operators.ts';
import type { Expectation, Publication } from './publication.ts';
import { createRule } from './rule.ts';
import { createSubscriber, type Subscriber } from './subscriber.ts';

const TABLE_KEYS = {
  twins: ['assetId'],
  reviews: ['assetId', 'attribute'],
  open: ['openId'],
  calibrations: ['assetId', 'attribute'],
  assets: ['assetId'],
  rejects: ['reason', 'packId'],
  byType: ['assetType', 'zone'],
  byZone: ['zone'],
} as const;
const SHARD_COUNTS = { ingest: 2, observations: 3 };

/** Publishes one message; the last one is good and on time. */
interface Speaker {
  publish(isLast: boolean): void;
  cut(fromMs: number, untilMs: number): void;
}

export interface City {
  readonly cloud: Cloud;
  readonly functions: Functions;
  readonly accounts: Accounts;
  readonly operators: Operators;
  /** Whether the registry comes to know, in the course of the run, what it does not know at first. */
  readonly registersKiosk: boolean;
  readonly speakers: readonly Speaker[];
  readonly subscribers: readonly Subscriber[];
}

/** The whole of it, from devices to subscribers; nothing happens yet. */
export function buildCity(world: World): City {
  registerFrames();
  const cloud = openCloud(world);
  const functions = deployFunctions(world, cloud);
  mapStream(world, cloud.streams, 'ingest', functions.normalizer);
  mapStream(world, cloud.streams, 'observations', functions.resolver);
  const accounts = openAccounts();
  const rule = createRule(world, {
    accounts,
    streams: cloud.streams,
    fastLane: (record) => {
      functions.fastLane.invoke(record).catch((error: unknown) => world.trace(() => `fast lane: ${String(error)}`));
    },
    recordFailure: (readings) => void untilDone(world, () => functions.recorder.invoke(readings)),
  });
  const registersKiosk = world.chance.happens(0.3);
  const speakers = drawSpeakers(world, unregisteredStanding(cloud, registersKiosk), rule);
  const subscribers = SUBSCRIBERS.map((props) => createSubscriber(world, { cloud, functions }, props));
  const operators = createOperators(world, { cloud, functions, accounts });
  return { cloud, functions, accounts, operators, registersKiosk, speakers, subscribers };
}

/** Tables and streams, with what is known of the city from before. */
function openCloud(world: World): Cloud {
  const tables = createTables(world, TABLE_KEYS, (tableName, before, after) => {
    if (tableName === 'twins') checkTwinGrows(world, before, after);
    if (tableName === 'rejects') checkClaim(world, before, after);
  });
  const streams = createStreams(world, SHARD_COUNTS);
  const cloud: Cloud = { tables, streams, broker: createBroker(world), city: drawCity(world.chance) };
  for (const [assetId, asset] of Object.entries(ASSETS)) {
    register(cloud, assetId, asset);
    // Long ago: nobody reads a time before it any more.
    register(cloud, assetId, asset);
  }
  writeCalibrations(tables, world.chance, world.scheduler.nowMs());
  return cloud;
}

/** Few enough that what they do to each other stands out. */
function drawSpeakers(
  world: World,
  unregistered: Expectation,
  deliver: (publication: Publication) => void,
): readonly Speaker[] {
  const devices = devicesOf(unregistered).map((device) => createDevice(world, device));
  const sources = world.chance.shuffled([...devices, createGateway(world)]);
  return sources.slice(0, world.chance.integer(3, 8)).map((next) => {
    const network = createDeviceNetwork(world, deliver);
    return { publish: (isLast) => network.send(next(isLast)), cut: (...times) => network.cut(...times) };
  });
}

const { tile: CORNER } = placeOf({ zone: 'north', position: { value: STOPS[0], observedAtMs: 0, source: '' } });
const SUBSCRIBERS = [
  { name: 'map', scope: {}, isLossy: false },
  { name: 'northerner', scope: { zone: 'north' }, isLossy: false },
  { name: 'neighbour', scope: { zone: 'north', tile: CORNER }, isLossy: false },
  { name: 'phone', scope: {}, isLossy: true },
  { name: 'phone on the corner', scope: { tile: CORNER }, isLossy: true },
];

/** What becomes of a good reading of an asset that the registry does not know. */
function unregisteredStanding({ city }: Cloud, isRegistered: boolean): Expectation {
  if (isRegistered) return 'logged or not-authorized';
  return city.stages.dev.unregisteredAssets === 'accept' ? 'logged' : 'not-authorized';
}

/** As S3's events and the sweep behind them do. */
async function untilDone({ scheduler }: World, work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch {
      await scheduler.pause(RECORDER_RETRY_MS);
    }
  }
}

const RECORDER_RETRY_MS = 5_000;
