import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../../core/observation.ts';
import { spoolDirectory } from '../spool/spool-directory.ts';
import { LOOP, openCabinet, type Said, SIREN, THING } from './cabinet.ts';
import { type Cabinet, live, STEP_MS } from './story.ts';

/** A night runs longer and more of them: `CHAOS_MINUTES=120 CHAOS_SEEDS=1,2,3 npx vitest run test/edge-greengrass/chaos`. */
const MINUTES = Number(process.env['CHAOS_MINUTES'] ?? 10);
const SEEDS = (process.env['CHAOS_SEEDS'] ?? '20261121').split(',').map(Number);
/** A foul line loses every sixth frame behind its acknowledgement: the cloud asks for it, and that may be lost, too. */
const CRITICAL_P99_MS = { fair: 2000, foul: 20_000 };
/** A second siren so soon finds the first one's command standing. */
const RENEWED_AFTER_MS = 1000;
/** Half of the time in which nothing is wrong any more. */
const VERIFIED_WITHIN_MS = 2 * 60_000;
const TIMEOUT_MS = MINUTES * 60_000;

/** By stream and field, as the component maps them where nobody says otherwise. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  'traffic/loop/count value': 'loopCount',
  'traffic/signal/emergency value': 'emergencyVehicleApproaching',
  'traffic/signal/flow value': 'trafficFlow',
  'occupancy/vehicle/count value': 'vehicleCount',
  'environment/weather/highway temperature': 'temperature',
};
const TOLERANCES: Readonly<Record<string, number>> = { trafficFlow: 10, vehicleCount: 1, temperature: 1 };

function attributesOf({ sample, values }: Said): readonly [string, AttributeValue][] {
  return [...values].map(([field, value]) => [ATTRIBUTES[`${sample.stream} ${field}`] ?? field, value]);
}

function stampOf({ sample }: Said): bigint {
  return BigInt(sample.observedAtMs) * 1_000_000n + BigInt(sample.counter ?? 0);
}

/** Of each state the latest that was taken, by its own time. */
function latestOf(taken: readonly Said[]): ReadonlyMap<string, readonly [bigint, AttributeValue]> {
  const latest = new Map<string, readonly [bigint, AttributeValue]>();
  for (const said of taken) {
    for (const [attribute, value] of attributesOf(said)) {
      const key = `${attribute}/${said.sample.sensor}`;
      if (stampOf(said) > (latest.get(key)?.[0] ?? -1n)) latest.set(key, [stampOf(said), value]);
    }
  }
  return latest;
}

function inTwin({ cloud }: Cabinet, attribute: string, sensor: string): unknown {
  return cloud.twins.get(THING)?.registers.get(attribute)?.get(`${THING}/${sensor}`)?.sibling?.value;
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? Number.NaN;
}

/** From being taken to being in the cloud, of critical readings that came on such a line. */
function criticalDelaysMs({ taken, cloud }: Cabinet, on: Said['line']): readonly number[] {
  return taken
    .filter(({ sample, line }) => line === on && (sample.stream === LOOP || sample.stream === SIREN))
    .map((said) => (cloud.arrivedAtMs.get(`${said.sample.sensor}@${stampOf(said)}`) ?? Number.NaN) - said.atMs);
}

describe('a gateway through cut lines, restarts, kill -9, brownouts, bit errors and clocks that jump', () => {
  it.each(SEEDS)('by seed %i', { timeout: TIMEOUT_MS }, async (seed) => {
    const startedAt = process.hrtime.bigint();
    const cabinet = await openCabinet(seed, await spoolDirectory());
    const sirens = await live(cabinet, MINUTES);
    const { cloud, taken, fates, carriedOutAtMs, radio } = cabinet;

    // Every reading is accounted for.
    expect(fates.taken + fates.suspended + fates.refused + fates.unanswered).toBe(fates.offered);
    expect(fates.taken).toBe(taken.length);
    expect(fates.refused).toBe(0);
    expect(fates.suspended).toBeGreaterThan(0);
    expect(radio.damaged()).toBeGreaterThan(0);

    // Of what is logged, each that was taken is in the cloud, and says one thing.
    const logged = taken.filter(({ sample }) => sample.stream === LOOP || sample.stream === SIREN);
    const missing = logged.filter((said) =>
      attributesOf(said).some(([name]) => !cloud.heard.has(`${THING}/${name}/${said.sample.sensor}@${stampOf(said)}`)),
    );
    expect(missing.map(({ sample, atMs }) => `${sample.sensor} at ${atMs}`)).toEqual([]);
    expect([...cloud.heard].filter(([, values]) => values.size > 1)).toEqual([]);

    // Of what is a state, the latest, to its tolerance.
    for (const [key, [, value]] of latestOf(taken)) {
      const [attribute = '', sensor = ''] = key.split('/');
      const there = inTwin(cabinet, attribute, sensor);
      const tolerance = TOLERANCES[attribute];
      if (tolerance === undefined) expect(there, key).toBe(value);
      else expect(Math.abs(Number(there) - Number(value)), key).toBeLessThanOrEqual(tolerance);
    }

    // Both ends found that they hold the same, after all of it.
    expect(cloud.outputs.filter(({ kind }) => kind === 'alarm')).toEqual([]);
    for (const lane of ['critical', 'bulk'] as const) {
      expect(cabinet.nowMs() - (cloud.verifiedAtMs.get(lane) ?? 0), lane).toBeLessThan(VERIFIED_WITHIN_MS);
    }
    const { spool } = cabinet.gateway().health();
    expect([spool.normal.records, spool.low.records]).toEqual([0, 0]);

    // The critical streams: never suspended, decided at once, and in the cloud within seconds where the line holds.
    expect(sirens.length).toBeGreaterThan(0);
    const isAnswered = (atMs: number): boolean =>
      carriedOutAtMs.some((doneMs) => doneMs > atMs - RENEWED_AFTER_MS && doneMs <= atMs + STEP_MS);
    const late = sirens.filter((atMs) => !isAnswered(atMs));
    expect(late).toEqual([]);
    const worst = {
      fair: quantile(criticalDelaysMs(cabinet, 'fair'), 0.99),
      foul: quantile(criticalDelaysMs(cabinet, 'foul'), 0.99),
    };
    expect(worst.fair).toBeLessThanOrEqual(CRITICAL_P99_MS.fair);
    expect(worst.foul).toBeLessThanOrEqual(CRITICAL_P99_MS.foul);

    const seconds = ((process.hrtime.bigint() - startedAt) / 1_000_000_000n).toString();
    console.log(
      `seed ${seed}: ${MINUTES} minutes in ${seconds} s; ${fates.offered} readings, ${fates.suspended} suspended; ` +
        `${sirens.length} sirens; critical readings in the cloud after (p99) ${worst.fair} ms, ${worst.foul} ms on a bad line`,
    );
    await cabinet.close();
  });
});
