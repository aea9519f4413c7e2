import { createHash } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ListedReading } from '../../core/ports.ts';
import { dynamodbCalibrationStore } from '../../lambdas/shared/dynamodb-calibration-store.ts';
import { dynamodbRejectStore } from '../../lambdas/shared/dynamodb-reject-store.ts';
import { dynamodbReviewReader } from '../../lambdas/shared/dynamodb-review-reader.ts';
import { dynamodbTwinStore } from '../../lambdas/shared/dynamodb-twin-store.ts';
import { evidenceStore } from '../../lambdas/shared/evidence-store.ts';
import { createChance } from './chance.ts';
import { checkConservation } from './checks/conservation.ts';
import { logOf } from './checks/log.ts';
import { checkReplicas } from './checks/replicas.ts';
import { checkDecisions, checkReviews } from './checks/reviews.ts';
import { checkView, type Truth } from './checks/views.ts';
import { buildCity, type City } from './city/city.ts';
import { ALL_STALE_MS } from './city/config.ts';
import { clientOf, type Sender } from './cloud/request.ts';
import { drawFaults, heal } from './faults.ts';
import { createScheduler } from './scheduler.ts';
import { lookAfterReviews, tellCalm, tellChaos } from './story.ts';
import { withVirtualTimers } from './virtual-timers.ts';
import type { World } from './world.ts';

const START_MS = Date.UTC(2026, 10, 21, 8);
/** Rounds of putting back in what may be good now; after each, claims and cached rows of the registry lapse. */
const REDRIVE_ROUNDS = 2;
const LAPSE_MS = 61_000;

export interface RunResult {
  readonly seed: number;
  /** Promises that were broken: none, if all is well. */
  readonly violations: readonly string[];
  readonly events: number;
  readonly readings: number;
  /** Of what the run came to: the same for the same seed. */
  readonly digest: string;
}

/** One city from its first reading until all is at rest, drawn from its seed. `trace` is told what happens. */
export async function runSeed(seed: number, trace?: (line: string) => void): Promise<RunResult> {
  const scheduler = createScheduler(START_MS);
  const chance = createChance(seed);
  const violations: string[] = [];
  const note = (line: () => string): void => trace?.(`${String(scheduler.nowMs() - START_MS).padStart(8)} ${line()}`);
  const world: World = {
    scheduler,
    chance,
    faults: drawFaults(chance),
    trace: note,
    violated(promise, detail) {
      violations.push(`${promise}: ${detail}`);
      note(() => `BROKEN: ${promise}: ${detail}`);
    },
  };
  const city = buildCity(world);
  const digest = createHash('sha256');
  try {
    await withVirtualTimers(scheduler, async () => {
      await live(world, city);
      await check(world, city);
      digest.update(JSON.stringify(city.cloud.tables.items('twins')));
    });
  } catch (error) {
    world.violated('nothing fails that is not foreseen', error instanceof Error ? String(error.stack) : String(error));
  }
  return {
    seed,
    violations,
    events: scheduler.eventCount(),
    readings: city.accounts.expectations.size,
    digest: digest.update(String(scheduler.eventCount())).digest('hex'),
  };
}

async function live(world: World, city: City): Promise<void> {
  const { scheduler, faults } = world;
  await scheduler.runUntil(tellChaos(world, city));
  await scheduler.runUntil(tellCalm(world, city));
  heal(faults);
  await settleReviews(world, city);
  for (let round = 0; round < REDRIVE_ROUNDS; round += 1) {
    await scheduler.runUntil(scheduler.nowMs() + LAPSE_MS);
    for (const reason of ['delivery-failed', 'not-authorized', 'out-of-range']) void city.operators.redrive(reason);
    await settleReviews(world, city);
  }
}

/** Runs to rest, with a look at the reviews in the end. They are then as the twins have them. */
async function settleReviews(world: World, city: City): Promise<void> {
  const { scheduler } = world;
  await scheduler.runToRest();
  void lookAfterReviews(city);
  await scheduler.runToRest();
  const truth = await readTruth(world, city);
  checkReviews(world, city.cloud.tables, truth.stored, city.cloud.city);
  checkDecisions(world, truth);
}

/** Whoever reads it when all is over does not die of it. */
const READER: Sender = { name: 'reader', isAlive: () => true, risk: () => undefined };

async function readTruth(world: World, { cloud }: City): Promise<Truth> {
  const { city } = cloud;
  const dynamodb = clientOf<DynamoDBClient>(world, READER, (command) => cloud.tables.execute(command));
  const assetIds = cloud.tables.items('twins').map((item) => item['assetId']?.S ?? '');
  const store = dynamodbTwinStore(dynamodb, 'twins');
  const evidence = evidenceStore({
    city,
    calibrations: dynamodbCalibrationStore(dynamodb, { tableName: 'calibrations', nowMs: world.scheduler.nowMs }),
    reviews: dynamodbReviewReader(dynamodb, 'reviews'),
  });
  const truth = store.read(assetIds).then(async (stored) => ({
    city,
    stored,
    evidence: await evidence.read([...stored.values()].map(({ twin }) => twin)),
  }));
  await world.scheduler.runToRest();
  return truth;
}

async function readKept(world: World, { cloud }: City): Promise<readonly ListedReading[]> {
  const { scheduler } = world;
  const dynamodb = clientOf<DynamoDBClient>(world, READER, (command) => cloud.tables.execute(command));
  const rejects = dynamodbRejectStore(dynamodb, { tableName: 'rejects', retentionDays: 30, nowMs: scheduler.nowMs });
  const listed = rejects.list({ limit: LISTED_MAX });
  await scheduler.runToRest();
  return (await listed).readings;
}

/** More than any run keeps. */
const LISTED_MAX = 10_000;

async function check(world: World, city: City): Promise<void> {
  const { scheduler } = world;
  const { stored } = await readTruth(world, city);
  const log = logOf(city.cloud.streams);
  checkConservation(world, {
    expectations: city.accounts.expectations,
    log,
    kept: await readKept(world, city),
  });
  checkReplicas(world, log, stored);

  // Who missed nothing is right, now and when every result has ended.
  const attentive = city.subscribers.filter(({ isLossy }) => !isLossy);
  for (let waitMs = 0; waitMs <= ALL_STALE_MS; waitMs += ALL_STALE_MS) {
    await scheduler.runUntil(scheduler.nowMs() + waitMs);
    await settleReviews(world, city);
    for (const subscriber of attentive) subscriber.lookAtClock();
    await scheduler.runToRest();
    const truth = await readTruth(world, city);
    for (const subscriber of attentive) checkView(world, subscriber, truth);
  }

  // Who missed something asks when a result has ended; and begins anew when the connection was lost.
  const lossy = city.subscribers.filter(({ isLossy }) => isLossy);
  const asked = new Map(lossy.map((subscriber) => [subscriber, subscriber.lookAtClock()]));
  await scheduler.runToRest();
  const truth = await readTruth(world, city);
  for (const [subscriber, assetIds] of asked) checkView(world, subscriber, truth, assetIds);
  for (const subscriber of lossy) subscriber.connect();
  await scheduler.runToRest();
  for (const subscriber of lossy) checkView(world, subscriber, truth);
}
