import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import type { FrameReading } from '../../../core/sync/frame.ts';
import { createCounts } from '../../../edge-greengrass/gateway/counts.ts';
import { createIntake, OWN_SENSOR, type SpoolableReading } from '../../../edge-greengrass/gateway/intake.ts';
import { createJournal } from '../../../edge-greengrass/gateway/journal.ts';
import { createRefusals, KEPT_PER_MINUTE_MAX } from '../../../edge-greengrass/gateway/refusals.ts';
import { createLocalTwins } from '../../../edge-greengrass/twins/local-twins.ts';
import { IDENTITY, LOOP, NOW_MS, sampleOf, SIREN, STREAMS, WEATHER } from './samples.ts';

const city = validateCityConfig(config);
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-intake-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** An intake whose disk keeps a list, or hangs. */
function setUp({ hangs = false, waitingMax = 2 } = {}) {
  const events: string[] = [];
  const written: FrameReading[] = [];
  const shut = new Set<string>();
  const counts = createCounts();
  const twins = createLocalTwins(city);
  const file = path.join(directory, 'refused.ndjson');
  const refusals = createRefusals(file);
  const journal = createJournal<SpoolableReading>({
    waitingMax,
    async write(_, { reading }) {
      if (hangs) await new Promise(() => {});
      events.push('written');
      written.push(reading);
    },
  });
  const intake = createIntake({
    context: () => ({ thing: 'int-01-traffic', city, identity: IDENTITY, streams: STREAMS }),
    isOpen: (stream) => !shut.has(stream),
    isWatched: (stream) => stream === SIREN,
    decide: () => events.push('decided'),
    twins,
    journal,
    refusals,
    counts,
    nowMs: () => NOW_MS,
  });
  return { intake, events, written, shut, counts, twins, refusals, file };
}

describe('the intake', () => {
  it('has a reading decided by first, and acknowledges it once it is written', async () => {
    const { intake, events, written, twins, counts } = setUp();
    const admission = intake.accept(sampleOf(LOOP, 'loop-004', { value: 7 }));
    expect(twins.resolve('int-01-traffic', NOW_MS)?.attributes.get('loopCount')?.value).toBe(7);
    await expect(admission).resolves.toBe('taken');
    expect(events).toEqual(['decided', 'written']);
    expect(written).toEqual([
      {
        assetId: 'int-01-traffic',
        assetType: 'TrafficJunction',
        sensor: 'loop-004',
        stamp: BigInt(NOW_MS) * 1_000_000n + 1n,
        attributes: new Map([['loopCount', 7]]),
        seen: new Map(),
      },
    ]);
    expect(counts.soFar().taken).toEqual({ critical: 1, normal: 0, low: 0 });
  });

  it('reads nothing of a stream that is shut', () => {
    const { intake, shut, counts, events } = setUp();
    shut.add(WEATHER);
    expect(intake.isOpen(WEATHER)).toBe(false);
    expect(intake.offer(sampleOf(WEATHER, 'wx-01', { temperature: 1 }))).toBe('suspended');
    expect(events).toEqual([]);
    expect(counts.soFar().suspended).toBe(1);
  });

  it('takes what the gateway tells of itself, and nobody who is called like it', async () => {
    const { intake, written, counts } = setUp();
    const asset = { assetId: 'int-01-traffic-gateway', assetType: 'EdgeGateway' };
    intake.tell(asset, new Map([['operatingMode', 'normal']]));
    await expect.poll(() => written).toMatchObject([{ ...asset, sensor: OWN_SENSOR }]);
    expect(intake.offer(sampleOf(LOOP, OWN_SENSOR, { operatingMode: 'normal' }, { asset }))).toBe('refused');
    expect(intake.offer(sampleOf('gateway/health', 'wx-01', { operatingMode: 'normal' }, { asset }))).toBe('refused');
    expect(counts.soFar().refused).toEqual({ 'not-authorized': 1, 'unknown-stream': 1 });
  });

  it('turns away what there is no room for, but not before it was decided by where something is', () => {
    const { intake, events, counts } = setUp({ hangs: true, waitingMax: 0 });
    expect(intake.offer(sampleOf(WEATHER, 'wx-01', { temperature: 1 }))).toBe('refused');
    expect(events).toEqual([]);
    expect(intake.offer(sampleOf(SIREN, 'siren-1', { value: true }))).toBe('refused');
    expect(events).toEqual(['decided']);
    expect(counts.soFar().refused).toEqual({ 'no-room': 2 });
  });

  it('keeps what it refuses, with the reason', async () => {
    const { intake, refusals, file, counts } = setUp();
    expect(intake.offer(sampleOf(WEATHER, 'wx-01', { temperature: 99 }))).toBe('refused');
    expect(await intake.accept(sampleOf('some/where/else', 'wx-01', { value: 1 }))).toBe('refused');
    await refusals.flush();
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { reason: 'out-of-range', sensor: 'wx-01', stream: WEATHER, values: { temperature: 99 }, atMs: NOW_MS },
      { reason: 'unknown-stream', stream: 'some/where/else' },
    ]);
    expect(counts.soFar().refused).toEqual({ 'out-of-range': 1, 'unknown-stream': 1 });
  });

  it('keeps so many of them a minute, and counts all', async () => {
    const { intake, refusals, file, counts } = setUp();
    for (let each = 0; each <= KEPT_PER_MINUTE_MAX; each++) intake.offer(sampleOf(WEATHER, 'wx-01', { sunshine: 1 }));
    await refusals.flush();
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(KEPT_PER_MINUTE_MAX);
    expect(counts.soFar().refused).toEqual({ 'schema-violation': KEPT_PER_MINUTE_MAX + 1 });
  });
});

it('starts a new file of refused samples once one is full, and keeps the one before', async () => {
  const file = path.join(directory, 'refused.ndjson');
  const refusals = createRefusals(file, 1);
  for (const reason of ['first', 'second', 'third']) {
    refusals.keep(sampleOf(WEATHER, 'wx-01', { temperature: 99 }), reason, '', NOW_MS);
    await refusals.flush();
  }
  expect(await readFile(file, 'utf8')).toContain('"third"');
  expect(await readFile(`${file}.1`, 'utf8')).toContain('"second"');
});
