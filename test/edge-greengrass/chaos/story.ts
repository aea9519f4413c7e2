import type { Sample } from '../../../edge-greengrass/ports.ts';
import { exponential } from '../../../edge-greengrass/simulation/random.ts';
import { FAIR, FOUL } from '../uplink/virtual-line.ts';
import { FLOW, LOOP, OCCUPANCY, type openCabinet, SIREN } from './cabinet.ts';

export type Cabinet = Awaited<ReturnType<typeof openCabinet>>;

/** The fastest that anything is looked at. */
export const STEP_MS = 100;
const FIRST_TROUBLE_MS = 10_000;
const SETTLING_STEP_MS = 500;
const SETTLING_MS = 4 * 60_000;
const BROWNOUT_MILLIVOLTS = 10_000;
/** FEC mends all of the first two, some of the third and little of the last. */
const BIT_ERROR_RATES = [1e-3, 1e-2, 2e-2, 4e-2];

/** What goes wrong: how long it is mostly well, how long it lasts, and what it is. */
const TROUBLES: readonly {
  readonly everyMs: number;
  readonly lastsMs: number;
  readonly begin: (cabinet: Cabinet) => Promise<void> | void;
  readonly end: (cabinet: Cabinet) => Promise<void> | void;
}[] = [
  {
    everyMs: 60_000,
    lastsMs: 30_000,
    begin: ({ line }) => line.setWeather({ ...FOUL, isCut: true }),
    end: ({ line, below }) => line.setWeather(below(2) === 0 ? FAIR : FOUL),
  },
  // A broker that restarts: what was on its way is lost.
  {
    everyMs: 120_000,
    lastsMs: 2_000,
    begin: ({ line }) => line.setWeather({ ...FOUL, isCut: true, losesPercent: 100 }),
    end: ({ line }) => line.setWeather(FAIR),
  },
  { everyMs: 100_000, lastsMs: 0, begin: (cabinet) => cabinet.crash({ hasClockBattery: true }), end: () => {} },
  {
    everyMs: 300_000,
    lastsMs: 20_000,
    begin: (cabinet) => cabinet.crash({ hasClockBattery: false }),
    end: ({ correctClock }) => correctClock(),
  },
  {
    everyMs: 120_000,
    lastsMs: 30_000,
    begin: ({ setMillivolts }) => setMillivolts(BROWNOUT_MILLIVOLTS),
    end: ({ setMillivolts }) => setMillivolts(),
  },
  {
    everyMs: 30_000,
    lastsMs: 30_000,
    begin: ({ radio, below }) => radio.setBitErrorRate(BIT_ERROR_RATES[below(BIT_ERROR_RATES.length)] ?? 0),
    end: ({ radio }) => radio.setBitErrorRate(0),
  },
  {
    everyMs: 90_000,
    lastsMs: 30_000,
    begin: ({ jumpClock, below }) => jumpClock(below(240_000) - 120_000),
    end: ({ correctClock }) => correctClock(),
  },
];

/** What the sensors of a junction say within one step. */
function speak(cabinet: Cabinet, step: number, sirens: number[]): void {
  const { below, say, radio, random, nowMs } = cabinet;
  const observedAtMs = Date.now();
  const sample = (sensor: string, stream: string, values: Sample['values']): Sample => ({
    sensor,
    stream,
    observedAtMs,
    counter: step,
    values,
  });
  for (let loop = 0; loop < 4; loop += 1) {
    if (below(5) === 0) void say(sample(`loop-${loop}`, LOOP, new Map([['value', step]])));
  }
  if (step % 3 === 0) void say(sample('cam-1', OCCUPANCY, new Map([['value', below(40)]])));
  if (step % 5 === 0) void say(sample('cam-1', FLOW, new Map([['value', 500 + below(400)]])));
  if (step % 10 === 0) {
    const temperature = Math.round(200 * random()) / 10 - 5;
    // What was given up is a reading that nobody acknowledged.
    void radio.send(Buffer.from(JSON.stringify({ observedAtMs, counter: step, temperature })));
  }
  if (below(300) === 0) {
    sirens.push(nowMs());
    void say(sample('siren-1', SIREN, new Map([['value', true]])));
  } else if (step % 20 === 0) {
    void say(sample('siren-1', SIREN, new Map([['value', false]])));
  }
}

/** So many minutes of it, and then a while in which nothing is wrong and nothing is said. Returns when sirens were heard. */
export async function live(cabinet: Cabinet, minutes: number): Promise<readonly number[]> {
  const { random, nowMs } = cabinet;
  const sirens: number[] = [];
  // Each once soon, and then whenever it likes.
  const plan = TROUBLES.map((trouble, index) => ({
    trouble,
    atMs: nowMs() + (index + 1) * FIRST_TROUBLE_MS,
    isOn: false,
  }));
  const endMs = nowMs() + minutes * 60_000;
  for (let step = 0; nowMs() < endMs; step += 1) {
    for (const each of plan) {
      const { trouble } = each;
      if (nowMs() < each.atMs) continue;
      await (each.isOn ? trouble.end(cabinet) : trouble.begin(cabinet));
      each.isOn = !each.isOn && trouble.lastsMs > 0;
      each.atMs = nowMs() + exponential(each.isOn ? trouble.lastsMs : trouble.everyMs, random);
    }
    speak(cabinet, step, sirens);
    await cabinet.run(STEP_MS);
  }
  cabinet.heal();
  cabinet.correctClock();
  await cabinet.setMillivolts();
  for (const calmMs = nowMs() + SETTLING_MS; nowMs() < calmMs; ) await cabinet.run(SETTLING_STEP_MS);
  return sirens;
}
