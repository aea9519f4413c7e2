/**
 * The whole gateway in virtual time, with a line, a city, a radio and a supply that a seed makes trouble with. The disk is
 * a real one, so the same seed makes the same trouble, but not the same interleaving.
 */

import { appendFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as turn, setTimeout as realPause } from 'node:timers/promises';
import { vi } from 'vitest';
import cityConfig from '../../../cityweave.config.ts';
import type { AttributeValue } from '../../../core/observation.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import { readGatewayConfig } from '../../../edge-greengrass/config/read-config.ts';
import { type Gateway, startGateway } from '../../../edge-greengrass/gateway/gateway.ts';
import { PRIORITIES, type Sample } from '../../../edge-greengrass/ports.ts';
import { serveActuator } from '../../../edge-greengrass/rules/serve-actuator.ts';
import { seededRandom } from '../../../edge-greengrass/simulation/random.ts';
import { busWithin } from '../rules/bus.ts';
import { createVirtualCloud } from '../uplink/virtual-cloud.ts';
import { createVirtualLine, FAIR } from '../uplink/virtual-line.ts';
import { createNoisyRadio } from './noisy-radio.ts';

export const THING = 'int-01-traffic';
export const LOOP = 'traffic/loop/count';
export const SIREN = 'traffic/signal/emergency';
export const FLOW = 'traffic/signal/flow';
export const OCCUPANCY = 'occupancy/vehicle/count';
const WEATHER = 'environment/weather/highway';
const PREEMPT = `cityweave/actuators/${THING}/preempt`;

const START_MS = Date.UTC(2026, 10, 21, 8);
const FAKED = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] as const;
const VERIFY_INTERVAL_MS = 60_000;
const GOOD_MILLIVOLTS = 12_400;
/** Until the disk has told what it was asked; more turns than any chain of promises between two requests has. */
const SETTLING_TURNS = 4;
/** Longer than a commit waits for company. */
const DISK_QUIET_MS = 20;

export interface Said {
  readonly sample: Sample;
  readonly values: ReadonlyMap<string, AttributeValue>;
  readonly atMs: number;
  readonly line: 'cut' | 'foul' | 'fair';
}

export async function openCabinet(seed: number, directory: string) {
  vi.useFakeTimers({ toFake: [...FAKED], now: START_MS });
  // Each has chance for itself, so that what the one makes of it does not depend on when the others are done.
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const ofLine = seededRandom(seed + 1);
  const ofRadio = seededRandom(seed + 2);
  const ofDisk = seededRandom(seed + 3);
  const city = validateCityConfig(cityConfig);
  const voltage = path.join(directory, 'voltage');
  /** True time, whatever the gateway's clock says. */
  let nowMs = START_MS;

  const line = createVirtualLine(
    (limit) => Math.floor(ofLine() * limit),
    () => nowMs,
    (publication) => cloud.hear(publication),
  );
  const cloud = createVirtualCloud(
    THING,
    () => nowMs,
    (name, payload) => line.send(`cmd/downtown_alpha/gateway/${THING}/${name}`, payload),
    {
      city,
      laneOf: (sensor) => (/^(loop|siren|gateway)/.test(sensor) ? 'critical' : 'bulk'),
      verifyIntervalMs: VERIFY_INTERVAL_MS,
    },
  );
  const bus = busWithin();
  const carriedOutAtMs: number[] = [];
  await serveActuator(bus, PREEMPT, () => void carriedOutAtMs.push(nowMs), Date.now);

  /** What was taken and is on the disk, as far as whoever offered it was told. */
  const taken: Said[] = [];
  const fates = { offered: 0, taken: 0, suspended: 0, refused: 0, unanswered: 0 };
  const log: string[] = [];
  const disk = { waiting: 0 };
  let life = 0;
  let startedAtMs = START_MS;
  let gateway: Gateway;

  const start = async (): Promise<void> => {
    life += 1;
    startedAtMs = Date.now();
    gateway = await startGateway({
      thing: THING,
      city,
      config: configOf(voltage),
      directory,
      transport: line.transport(),
      bus,
      codecs: { decode: () => Promise.reject(new Error('no uplinks here')) },
      log: (message) => void log.push(message),
    });
  };

  const say = async (sample: Sample): Promise<'taken' | 'suspended' | 'refused' | 'unanswered'> => {
    const mine = life;
    const said = {
      sample,
      values: sample.values,
      atMs: nowMs,
      line: line.isCut() ? 'cut' : line.isFair() ? 'fair' : 'foul',
    } as const;
    fates.offered += 1;
    disk.waiting += 1;
    const admission = await gateway.intake.accept(sample);
    disk.waiting -= 1;
    const fate = mine === life ? admission : 'unanswered';
    fates[fate] += 1;
    if (fate === 'taken') taken.push(said);
    return fate;
  };

  const radio = createNoisyRadio(ofRadio, async (body) => {
    const { observedAtMs, counter, temperature } = JSON.parse(Buffer.from(body).toString());
    const values = new Map([['temperature', temperature]]);
    const fate = await say({ sensor: 'wx-01', stream: WEATHER, observedAtMs, counter, values });
    return fate === 'taken' ? 'kept' : 'later';
  });

  const settle = async (): Promise<void> => {
    for (let turns = 0; turns < SETTLING_TURNS; turns += 1) await turn();
    while (disk.waiting > 0) await turn();
  };

  await writeFile(voltage, String(GOOD_MILLIVOLTS));
  await start();

  return {
    random,
    below,
    line,
    cloud,
    radio,
    taken,
    fates,
    log,
    carriedOutAtMs,
    say,
    nowMs: () => nowMs,
    gateway: () => gateway,
    setMillivolts: (millivolts = GOOD_MILLIVOLTS) => writeFile(voltage, String(millivolts)),
    /** The gateway's clock alone. */
    jumpClock: (ms: number) => void vi.setSystemTime(Date.now() + ms),
    correctClock: () => void vi.setSystemTime(nowMs),
    async run(ms: number): Promise<void> {
      nowMs += ms;
      line.run();
      radio.run(nowMs);
      cloud.tick();
      await vi.advanceTimersByTimeAsync(ms);
      await settle();
    },
    /**
     * As `kill -9` does it: nothing is closed, nothing runs any more, and what was being written may be torn. Without a
     * battery the clock stands where it stood at the start before.
     */
    async crash({ hasClockBattery }: { readonly hasClockBattery: boolean }): Promise<void> {
      await settle();
      const clockMs = hasClockBattery ? Date.now() : startedAtMs;
      vi.clearAllTimers();
      vi.setSystemTime(clockMs);
      await realPause(DISK_QUIET_MS);
      for (const priority of PRIORITIES) {
        const folder = path.join(directory, 'spool', priority);
        const [last] = (await readdir(folder)).sort().toReversed();
        if (last) await appendFile(path.join(folder, last), 'torn'.repeat(Math.floor(ofDisk() * 20)));
      }
      await start();
    },
    async close(): Promise<void> {
      vi.clearAllTimers();
      vi.useRealTimers();
      await gateway.stop();
    },
    heal(): void {
      line.setWeather(FAIR);
      radio.setBitErrorRate(0);
    },
  };
}

function configOf(voltagePath: string) {
  const read = readGatewayConfig({
    identity: { asset_id: THING, zone: 'downtown_alpha', firmware_version: '3.2.1' },
    sensors: {},
    digital_twin: {},
    failure_mode_policies: {
      power_brownout: {
        undervoltage_threshold_mv: 10_800,
        critical_topics: [`dlt://${SIREN}`, `dlt://${LOOP}`],
        voltage_path: voltagePath,
        poll_interval_ms: 500,
        recovery_seconds: 5,
      },
    },
  });
  if (!read.ok) throw new Error(JSON.stringify(read.findings));
  return read.config;
}
