import type { City } from './city/city.ts';
import { CABINET, withOtherPolicies } from './city/config.ts';
import type { World } from './world.ts';

const CHAOS_MS = 90_000;
/** Its old instances, which live for a minute, are gone when the chaos ends. */
const REDEPLOYED_UNTIL_MS = 25_000;
/** Of one device, between two messages. */
const INTERVAL_MS = [6_000, 30_000] as const;
const LOOK_MS = 10_000;

/** Lays out what happens while nothing can be relied on. Returns when that ends. */
export function tellChaos(world: World, city: City): number {
  const { scheduler, chance } = world;
  const endsAtMs = scheduler.nowMs() + CHAOS_MS;
  const sometime = (): number => chance.integer(0, CHAOS_MS);

  for (const speaker of city.speakers) {
    if (chance.happens(0.3)) {
      const fromMs = scheduler.nowMs() + sometime();
      speaker.cut(fromMs, Math.min(endsAtMs, fromMs + chance.integer(1, CHAOS_MS / 2)));
    }
    const speak = (): void => {
      if (scheduler.nowMs() >= endsAtMs) return;
      speaker.publish(false);
      scheduler.after(chance.integer(...INTERVAL_MS), speak);
    };
    scheduler.after(chance.integer(0, INTERVAL_MS[0]), speak);
  }

  for (const subscriber of city.subscribers.filter(({ isLossy }) => isLossy)) {
    scheduler.after(chance.integer(0, CHAOS_MS / 2), () => subscriber.connect());
    for (let atMs = LOOK_MS; atMs < CHAOS_MS; atMs += LOOK_MS)
      scheduler.after(atMs, () => void subscriber.lookAtClock());
  }

  tellOutages(world);
  for (let atMs = REVIEWS_EVERY_MS; atMs < CHAOS_MS; atMs += REVIEWS_EVERY_MS) {
    scheduler.after(atMs, () => void lookAfterReviews(city));
  }
  if (chance.happens(0.6)) scheduler.after(chance.integer(0, REDEPLOYED_UNTIL_MS), () => redeploy(world, city));
  tellOperations(world, city, sometime);
  return endsAtMs;
}

/** For a while most of what a service is asked for fails, so that much of a batch does. */
function tellOutages({ scheduler, chance, faults, trace }: World): void {
  for (const fault of OUTAGES) {
    if (!chance.happens(0.3)) continue;
    const usual = faults[fault];
    const fromMs = chance.integer(0, CHAOS_MS - OUTAGE_MS_MAX);
    scheduler.after(fromMs, () => {
      trace(() => `outage: ${fault}`);
      faults[fault] = chance.integer(6, 9) / 10;
    });
    scheduler.after(fromMs + chance.integer(1_000, OUTAGE_MS_MAX), () => {
      faults[fault] = usual;
    });
  }
}

const OUTAGE_MS_MAX = 20_000;
const OUTAGES = ['throttled', 'recordThrottled', 'keyUnprocessed', 'itemUnprocessed', 'statementThrottled'] as const;

function redeploy({ scheduler, chance, trace }: World, { cloud, functions, subscribers }: City): void {
  trace(() => 'operator: deploys other policies');
  cloud.city = withOtherPolicies(cloud.city);
  for (const each of Object.values(functions)) scheduler.after(chance.integer(0, 5_000), () => each.redeploy());
  for (const each of subscribers) {
    if (each.isLossy) scheduler.after(chance.integer(5_000, 20_000), () => each.connect());
  }
}

function tellOperations(
  { scheduler, chance }: World,
  { operators, registersKiosk }: City,
  sometime: () => number,
): void {
  const perhaps = (probability: number, act: () => void): void => {
    if (chance.happens(probability)) scheduler.after(sometime(), act);
  };
  perhaps(0.5, () => operators.admitStranger());
  perhaps(Number(registersKiosk), () => operators.registerKiosk());
  for (const reason of ['not-authorized', 'delivery-failed', 'out-of-range']) {
    perhaps(0.4, () => {
      // Two operators at once.
      void operators.redrive(reason);
      void operators.redrive(reason);
    });
  }
  for (let times = 0; times < 2; times += 1) {
    perhaps(0.6, () => void operators.settle());
    perhaps(0.3, () => void operators.retire('garage', chance.pick(['gate', 'camera', ...Object.values(CABINET)])));
    perhaps(0.3, () => void operators.retire('yard', chance.pick(['fence', 'mast'])));
  }
}

const REVIEWS_EVERY_MS = 10_000;

/** A run of the schedule that opens reviews; where it fails, the next one does its work. */
export async function lookAfterReviews({ functions }: City): Promise<void> {
  await functions.opener.invoke(undefined).catch(() => undefined);
}

const LAST_WITHIN_MS = 5_000;
const CALM_MS = 40_000;

/**
 * From here on the broker takes what is published, and delivers it to those who listen well; functions still die and
 * writes are still throttled. Every source reports once more. Returns when that ends.
 */
export function tellCalm({ scheduler, chance, faults }: World, { speakers, subscribers }: City): number {
  Object.assign(faults, {
    brokerDown: 0,
    // Of what goes beside the twins: a twin is not published whose reviews cannot be read.
    requestLost: 0,
    answerLost: 0,
    throttled: 0,
    keyUnprocessed: 0,
    publishLost: 0,
    deliveryFailed: 0,
  });
  for (const subscriber of subscribers.filter(({ isLossy }) => !isLossy)) subscriber.connect();
  for (const speaker of speakers) scheduler.after(chance.integer(1, LAST_WITHIN_MS), () => speaker.publish(true));
  return scheduler.nowMs() + CALM_MS;
}
