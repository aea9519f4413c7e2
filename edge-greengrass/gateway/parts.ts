import path from 'node:path';
import type { CityConfig } from '../../core/schema/city-config.ts';
import type { UplinkDecoder } from '../adapters/lorawan/codecs.ts';
import { createAttester } from '../attestation/attester.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { LocalBus, Signer, Transport } from '../ports.ts';
import { type PowerWatch, startPowerWatch } from '../power/watch-power.ts';
import { createDecider, type Decider } from '../rules/decider.ts';
import { createUplink, type Uplink } from '../uplink/uplink.ts';
import { type AdapterFleet, createAdapterFleet } from './adapter-fleet.ts';
import { type Counts, createCounts } from './counts.ts';
import { createIntake, type GatewayIntake, type SpoolableReading } from './intake.ts';
import { createJournal, type Journal } from './journal.ts';
import { isOpenUnder } from './open-streams.ts';
import { createRefusals, type Refusals } from './refusals.ts';
import { openStorage, type Storage } from './storage.ts';

export interface GatewayOptions {
  readonly thing: string;
  readonly city: CityConfig;
  readonly config: GatewayConfig;
  /** For whatever survives a restart. */
  readonly directory: string;
  readonly transport: Transport;
  readonly bus: LocalBus;
  readonly codecs: UplinkDecoder;
  /** Absent, readings with a position go unsigned. */
  readonly signer?: Signer;
  readonly log: (line: string) => void;
}

/** What a gateway is made of, in the order in which a reading meets it. */
export interface Parts {
  readonly power: PowerWatch;
  readonly fleet: AdapterFleet;
  readonly intake: GatewayIntake;
  readonly counts: Counts;
  readonly refusals: Refusals;
  readonly decider: Decider;
  readonly journal: Journal<SpoolableReading>;
  readonly storage: Storage;
  readonly uplink: Uplink;
}

export const clock = { nowMs: (): number => Date.now(), monotonicMs: (): number => performance.now() };

/** None of them reads a sensor or sends anything yet. `current` is the configuration as it stands at any time. */
export async function openParts(options: GatewayOptions, current: () => GatewayConfig): Promise<Parts> {
  const { thing, city, config, directory, bus, codecs, signer, log } = options;
  const { nowMs, monotonicMs } = clock;
  const storage = await openStorage({ directory, thing, city, config, nowMs, log });
  const uplink = openUplink(options, storage);
  const decider = createDecider(config, bus, nowMs, log);
  const power = startPowerWatch({ config, monotonicMs });
  const counts = createCounts();
  const refusals = createRefusals(path.join(directory, 'refused.ndjson'));
  const journal = openJournal(storage, uplink, counts);
  const attester = signer && createAttester(thing, signer);
  const intake = createIntake({
    context: () => ({ thing, city, identity: current().identity, streams: current().streams }),
    isOpen: (stream) => isOpenUnder(power.report().plan, stream, current()),
    isWatched: (stream) => decider.isWatched(stream),
    decide: (stream, observation) => decider.decide(stream, observation),
    ...(attester && { attest: (reading, fix) => attester.attest(reading, fix) }),
    twins: storage.twins,
    journal,
    refusals,
    counts,
    nowMs,
  });
  const fleet = createAdapterFleet(intake, { bus, city, codecs, clock, random: Math.random }, log);
  return { power, fleet, intake, counts, refusals, decider, journal, storage, uplink };
}

function openUplink({ thing, city, config, transport, log }: GatewayOptions, { spool, epoch }: Storage): Uplink {
  return createUplink({
    thing,
    zone: config.identity.zone,
    transport,
    spool,
    epoch,
    assetTypes: city.assetTypes,
    deltaFramesPerSecondMax: config.twin.deltaFramesPerSecondMax,
    replayShareMax: config.spool.replayShareMax,
    nowMs: clock.nowMs,
    random: Math.random,
    onProblem: log,
  });
}

function openJournal(storage: Storage, uplink: Uplink, counts: Counts): Journal<SpoolableReading> {
  return createJournal<SpoolableReading>({
    async write(priority, { reading, signed }) {
      // A signer that fails must not cost the reading: the cloud says what is missing.
      const whole = signed ? await signed.catch(() => reading) : reading;
      try {
        uplink.take(priority, whole, await storage.append(priority, whole));
      } catch (error) {
        // The cloud shall have it all the same, if the line holds.
        counts.unkept();
        uplink.pass(priority, whole);
        throw error;
      }
    },
  });
}
