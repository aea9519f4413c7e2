import { describe, expect, test } from 'vitest';
import {
  createGate,
  FLATLINE_MS,
  FLATLINE_SAMPLES,
  type GateConfig,
  SHUT_MS_MAX,
  SHUT_MS_MIN,
} from '../../../edge-greengrass/adapters/isolation.ts';
import { createTally } from '../../../edge-greengrass/adapters/tally.ts';
import type { Sample } from '../../../edge-greengrass/ports.ts';
import { counted, createTestIntake, testClock, WEATHER_STREAM } from './gateway.ts';

const RATE = 10;
/** What may be said at once: ten seconds' worth. */
const BURST = 100;

function start(changes: Partial<GateConfig> = {}) {
  const clock = testClock();
  const tally = createTally();
  const intake = createTestIntake();
  const config = { id: 'wx-1', streams: [WEATHER_STREAM], silentMaxMs: 60_000, samplesPerSecondMax: RATE, ...changes };
  const gate = createGate(config, intake, { clock, tally });
  const sample = (value: number): Sample => ({
    sensor: 'wx-1',
    stream: WEATHER_STREAM,
    observedAtMs: clock.nowMs(),
    values: new Map([['temperature', value]]),
  });
  /** Until it is shut; how many were let through. */
  const exhaust = () => {
    let taken = 0;
    while (gate.offer(sample(taken)) === 'taken') taken += 1;
    return taken;
  };
  return { clock, tally, intake, gate, sample, exhaust };
}

describe('a sensor that says nothing', () => {
  test.each([
    [30_000, 'ok'],
    [30_001, 'silent'],
    [60_000, 'silent'],
    [60_001, 'dead'],
  ])('for %d ms is %s', (ms, state) => {
    const { gate, clock } = start();
    clock.advance(ms);
    expect(gate.health()).toMatchObject({ sensor: 'wx-1', state });
  });

  test('and is dead, is told of with what it came to grief with', () => {
    const { gate, clock, tally } = start();
    tally.count('wx-1', 'unreachable', 'connect ECONNREFUSED');
    clock.advance(60_001);
    expect(gate.health().detail).toBe('nothing heard for 60 s; unreachable: connect ECONNREFUSED');
  });

  test('is well again as soon as it gives a sign of life', () => {
    const { gate, clock, sample } = start();
    clock.advance(60_001);
    gate.heard();
    expect(gate.health().state).toBe('ok');
    clock.advance(60_001);
    gate.offer(sample(1));
    expect(gate.health().state).toBe('ok');
  });

  test('is not dead while nobody listens', () => {
    const { gate, clock, intake } = start();
    intake.closed.add(WEATHER_STREAM);
    clock.advance(100_000);
    expect(gate.health()).toEqual({ sensor: 'wx-1', state: 'ok', detail: 'suspended' });
    intake.closed.clear();
    expect(gate.health().state).toBe('ok');
  });
});

describe('a sensor that says too much', () => {
  test('is let through at its rate and ten seconds’ worth, and then shut off', () => {
    const { exhaust, gate, tally, intake } = start();
    expect(exhaust()).toBe(BURST);
    expect(gate.health()).toMatchObject({ state: 'babbling' });
    expect(counted(tally, 'wx-1', 'babbling')).toBe(1);
    expect(intake.samples).toHaveLength(BURST);
  });

  test('is shut off for twice as long each time, up to a minute, and forgiven when it behaves', () => {
    const { exhaust, gate, clock, sample } = start();
    exhaust();
    for (let shutMs = SHUT_MS_MIN; shutMs <= 2 * SHUT_MS_MAX; shutMs *= 2) {
      const expectedMs = Math.min(shutMs, SHUT_MS_MAX);
      clock.advance(expectedMs - 1);
      expect(gate.offer(sample(0))).toBe('shut');
      clock.advance(1);
      expect(exhaust()).toBe(Math.min(BURST, (RATE * expectedMs) / 1000));
    }
    clock.advance(4 * SHUT_MS_MAX);
    exhaust();
    clock.advance(SHUT_MS_MIN);
    expect(gate.offer(sample(0))).toBe('taken');
  });

  test('at exactly its rate is never shut off', () => {
    const { gate, clock, sample } = start();
    for (let second = 0; second < 1000; second += 1) {
      clock.advance(1000 / RATE);
      expect(gate.offer(sample(second))).toBe('taken');
    }
    expect(gate.health().state).toBe('ok');
  });

  test('or talks nonsense without end is shut off too', () => {
    const { gate, sample, tally } = start();
    for (let index = 0; index < BURST; index += 1) gate.refuse({ reason: 'malformed', detail: 'no JSON' });
    expect(gate.offer(sample(1))).toBe('shut');
    expect(counted(tally, 'wx-1', 'malformed')).toBe(BURST);
  });

  test('is told after how long it may go on', () => {
    const { gate, clock, sample, exhaust } = start();
    expect(gate.waitMs()).toBe(0);
    expect(gate.waitMs(BURST)).toBe(0);
    for (let index = 0; index < BURST; index += 1) gate.offer(sample(index));
    expect(gate.waitMs()).toBe(1000 / RATE);
    expect(gate.waitMs(5)).toBe(5000 / RATE);
    exhaust();
    expect(gate.waitMs()).toBe(SHUT_MS_MIN);
    clock.advance(SHUT_MS_MIN);
    expect(gate.waitMs()).toBe(0);
  });
});

describe('a sensor whose value never moves', () => {
  test.each([
    [20.5, FLATLINE_SAMPLES, FLATLINE_MS, true],
    [20.5, FLATLINE_SAMPLES - 1, FLATLINE_MS, false],
    [20.5, FLATLINE_SAMPLES, FLATLINE_MS - 2, false],
    // A count stands still at night.
    [20, FLATLINE_SAMPLES, FLATLINE_MS, false],
  ])('at %d for %d samples and %d ms: told %s', (value, samples, ms, isTold) => {
    const { gate, clock, sample } = start();
    for (let index = 0; index < samples; index += 1) {
      if (index > 0) clock.advance(ms / (samples - 1));
      gate.offer(sample(value));
    }
    clock.advance(1);
    expect(gate.health().state).toBe('ok');
    expect(gate.health().detail?.includes('has been exactly 20.5') ?? false).toBe(isTold);
  });
});

test('what the gateway does not take is counted', async () => {
  const { gate, sample, intake, tally } = start();
  intake.keep = async () => 'refused';
  await expect(gate.accept(sample(1))).resolves.toBe('refused');
  intake.closed.add(WEATHER_STREAM);
  expect(gate.offer(sample(1))).toBe('suspended');
  expect([counted(tally, 'wx-1', 'not-taken'), counted(tally, 'wx-1', 'suspended')]).toEqual([1, 1]);
});
