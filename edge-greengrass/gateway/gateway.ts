import type { Lateness } from '../adapters/lateness.ts';
import { listenForDecisions } from '../commands/listen-for-decisions.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import { type HealthReporter, startHealthReporter } from '../health/health-reporter.ts';
import { type GatewayHealth, healthValues } from '../health/health-values.ts';
import { createLinkQuality } from '../health/link-quality.ts';
import type { Intake } from '../ports.ts';
import type { PowerReport } from '../power/watch-power.ts';
import { publishTwins } from '../twins/publish-twins.ts';
import { OWN_SENSOR } from './intake.ts';
import { clock, type GatewayOptions, openParts, type Parts } from './parts.ts';
import { within } from './within.ts';

export interface Gateway {
  readonly intake: Intake;
  /** For people: where the local twins are kept, and how much of the spool they had to be told again. */
  readonly description: string;
  health(): GatewayHealth;
  /** Of polls, by sensor. */
  lateness(): ReadonlyMap<string, Lateness>;
  configure(config: GatewayConfig): Promise<void>;
  /** Ends everything within 5 s: nothing more is read, what was taken is on the disk. */
  stop(): Promise<void>;
}

/** So long each step of the end may take; together they stay below 5 s. */
const STEP_MAX_MS = 800;
/** What the cloud has not got by then it gets after the next start. */
const DRAIN_MAX_MS = 600;

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { thing, signer, log } = options;
  let { config } = options;
  const parts = await openParts(options, () => config);
  const { intake, power, fleet, decider, uplink, storage, journal, refusals } = parts;
  const health = healthOf(parts, () => config);
  // Its twin is called by its thing: things and the assets that they speak of may share a name.
  const itself = { assetId: `${thing}-${OWN_SENSOR}`, assetType: 'EdgeGateway' };
  const reporter = startHealthReporter({
    values: () => healthValues(health(), clock.nowMs()),
    report: (values) => intake.tell(itself, values),
    monotonicMs: clock.monotonicMs,
  });
  const stopPublishing = publishTwins(storage.twins, options.bus, clock.nowMs);
  listenForDecisions({
    thing,
    zone: config.identity.zone,
    assetTypes: options.city.assetTypes,
    transport: options.transport,
    twins: storage.twins,
    answer: (text) => intake.tell(itself, new Map([['commandAnswered', text]])),
    nowMs: clock.nowMs,
  });
  power.onChange((report) => follow(report, parts, reporter, log));
  uplink.start();
  await fleet.configure(config);

  /** One configuration after the other; one that fails does not keep the next. */
  const configureAfter = async (earlier: Promise<void>, next: GatewayConfig): Promise<void> => {
    await earlier.catch(() => undefined);
    const before = config;
    // Under another name or for another asset it would be another gateway.
    config = { ...next, identity: before.identity };
    power.configure(next);
    decider.configure(next);
    if (adapterPart(before) !== adapterPart(config)) await fleet.configure(config);
    if (fixedPart(before) !== fixedPart(next)) log('identity, spool, twin and attestation change at the next start');
  };
  let changing = Promise.resolve();

  return {
    intake,
    description: `local twins in ${storage.twinStore()}, ${storage.recovered} readings of the spool in them`,
    health,
    lateness: () => fleet.lateness(),

    configure(next) {
      changing = configureAfter(changing, next);
      return changing;
    },

    async stop() {
      reporter.stop();
      stopPublishing();
      power.stop();
      await within(STEP_MAX_MS, changing);
      await fleet.stop();
      decider.close();
      await within(STEP_MAX_MS, journal.drain());
      await within(STEP_MAX_MS, uplink.close(DRAIN_MAX_MS));
      await within(STEP_MAX_MS, Promise.all([refusals.flush(), storage.close(), signer?.close()]));
    },
  };
}

function healthOf(parts: Parts, current: () => GatewayConfig): () => GatewayHealth {
  const { power, uplink, storage, counts, fleet, decider } = parts;
  const link = createLinkQuality();
  return () => {
    const { plan, millivolts, celsius } = power.report();
    const sync = uplink.state();
    return {
      firmwareVersion: current().identity.firmwareVersion,
      operatingMode: plan.mode,
      supplyMillivolts: millivolts,
      celsius,
      spool: storage.spool.state(),
      counts: counts.soFar(),
      sensors: fleet.sensors(),
      actuators: decider.counts(),
      linkQuality: link.see(sync),
      lastSyncAtMs: sync.lastAckAtMs,
    };
  };
}

/** Which streams are open the intake sees by itself. */
function follow(
  { plan, unanswered }: PowerReport,
  { fleet, uplink }: Parts,
  reporter: HealthReporter,
  log: (line: string) => void,
): void {
  log(`${plan.mode}: open are ${plan.openPriorities.join(', ')}; polls ${plan.timerFactor} times slower`);
  for (const sensor of unanswered) log(`the sensor of the ${sensor} does not answer`);
  fleet.setSlowDown(plan.timerFactor);
  // What was taken before waits in the spool until there is power to send it.
  uplink.setHeld('bulk', plan.mode === 'critical_queue_only');
  reporter.look();
}

/** What adapters are made from, and what is read at the start only: as texts, to be compared. */
function adapterPart({ streams, sensors, listeners, radio }: GatewayConfig): string {
  return JSON.stringify({ streams, sensors, listeners, radio });
}

function fixedPart({ identity, spool, twin, attestation }: GatewayConfig): string {
  return JSON.stringify({ identity, spool, twin, attestation });
}
