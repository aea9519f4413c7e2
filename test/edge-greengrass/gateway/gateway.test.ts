import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import { decodeFrame } from '../../../core/sync/decode-frame.ts';
import type { FrameReading } from '../../../core/sync/frame.ts';
import { readGatewayConfig } from '../../../edge-greengrass/config/read-config.ts';
import type { GatewayConfig } from '../../../edge-greengrass/config/gateway-config.ts';
import { type Gateway, startGateway } from '../../../edge-greengrass/gateway/gateway.ts';
import type { LocalBus, Transport } from '../../../edge-greengrass/ports.ts';
import { serveActuator } from '../../../edge-greengrass/rules/serve-actuator.ts';
import { busWithin } from '../rules/bus.ts';

const THING = 'int-01-traffic';
const LOOP = 'traffic/loop/count';
const SIREN = 'traffic/signal/emergency';
const WEATHER = 'environment/weather/highway';
const PREEMPT = 'cityweave/actuators/int-01-traffic/preempt';
const city = validateCityConfig(config);

let directory: string;
const running: Gateway[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-gateway-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()));
  await rm(directory, { recursive: true, force: true });
});

function configOf(more: object = {}): GatewayConfig {
  const read = readGatewayConfig({
    identity: { asset_id: 'int-01-traffic', zone: 'downtown_alpha', firmware_version: '3.2.1' },
    sensors: {},
    digital_twin: {},
    failure_mode_policies: {
      power_brownout: {
        undervoltage_threshold_mv: 10_800,
        critical_topics: [`dlt://${SIREN}`, `dlt://${LOOP}`],
        voltage_path: path.join(directory, 'voltage'),
        poll_interval_ms: 10,
        confirm_readings: 1,
        recovery_seconds: 0.1,
      },
    },
    ...more,
  });
  if (!read.ok) throw new Error(JSON.stringify(read.findings));
  return read.config;
}

/** A line whose far end takes what comes. */
function lineTo(sent: FrameReading[]): Transport {
  return {
    payloadBytesMax: 128 * 1024,
    async publish(topic, payload) {
      expect(topic).toMatch(
        /^\$aws\/rules\/cityweave_(critical|ingest)\/dt\/downtown_alpha\/gateway\/int-01-traffic\/frames$/,
      );
      const decoded = decodeFrame(payload);
      if (decoded.ok && decoded.frame.kind !== 'heartbeat') sent.push(...decoded.frame.readings);
    },
    subscribe: async () => {},
    isUp: () => true,
    onLine: () => {},
    close: async () => {},
  };
}

async function start(bus: LocalBus = busWithin()) {
  const sent: FrameReading[] = [];
  const lines: string[] = [];
  const gateway = await startGateway({
    thing: THING,
    city,
    config: configOf(),
    directory,
    transport: lineTo(sent),
    bus,
    codecs: { decode: () => Promise.reject(new Error('no uplinks here')) },
    log: (line) => lines.push(line),
  });
  running.push(gateway);
  return { gateway, sent, lines };
}

function says(stream: string, values: Record<string, number | boolean>, observedAtMs = Date.now()) {
  return { stream, sensor: 'sensor-1', observedAtMs, values: new Map(Object.entries(values)) };
}

describe('the gateway', () => {
  it('tells of itself at the start, and sends what it took once it is on the disk', async () => {
    await writeFile(path.join(directory, 'voltage'), '12400\n');
    const { gateway, sent } = await start();
    expect(await gateway.intake.accept(says(LOOP, { value: 3 }))).toBe('taken');
    const of = (assetId: string): FrameReading[] => sent.filter((each) => each.assetId === assetId);
    await expect.poll(() => of('int-01-traffic')).toMatchObject([{ attributes: new Map([['loopCount', 3]]) }]);
    const own = (): FrameReading[] => of('int-01-traffic-gateway');
    await expect.poll(() => own().at(-1)?.attributes.get('supplyVoltage')).toBe(12.4);
    expect(own()[0]).toMatchObject({ assetType: 'EdgeGateway', sensor: 'gateway' });
    expect(gateway.health().spool.critical.records).toBeGreaterThanOrEqual(2);
  });

  it('clears the way for an emergency vehicle with no cloud and no disk in between', async () => {
    const bus = busWithin();
    const carriedOut: string[] = [];
    await serveActuator(bus, PREEMPT, ({ command }) => carriedOut.push(command), Date.now);
    const { gateway } = await start(bus);
    gateway.intake.offer(says(SIREN, { value: true }));
    await expect.poll(() => carriedOut).toEqual(['preempt']);
    await expect.poll(() => gateway.health().actuators.carriedOut).toBe(1);
  });

  it('reads critical streams only while the voltage is too low, says so, and comes back in order', async () => {
    const file = path.join(directory, 'voltage');
    await writeFile(file, '12400');
    const { gateway, sent, lines } = await start();
    expect(gateway.intake.offer(says(WEATHER, { temperature: 4 }))).toBe('taken');
    await writeFile(file, '10400');
    await expect.poll(() => gateway.health().operatingMode).toBe('critical_queue_only');
    expect(gateway.intake.offer(says(WEATHER, { temperature: 5 }))).toBe('suspended');
    expect(gateway.intake.offer(says(LOOP, { value: 4 }))).toBe('taken');
    await writeFile(file, '12400');
    await expect.poll(() => gateway.health().operatingMode).toBe('normal');
    expect(gateway.intake.offer(says(WEATHER, { temperature: 6 }))).toBe('taken');
    const modes = (): unknown[] => sent.flatMap(({ attributes }) => attributes.get('operatingMode') ?? []);
    const changes = (): unknown[] => modes().filter((mode, index, all) => mode !== all[index - 1]);
    await expect.poll(changes).toEqual(['normal', 'critical_queue_only', 'recovering', 'normal']);
    expect(gateway.health().counts.suspended).toBe(1);
    expect(lines.some((line) => line.startsWith('critical_queue_only: open are critical'))).toBe(true);
  });

  it('knows after a crash what it had acknowledged before', async () => {
    const { gateway } = await start();
    const observedAtMs = Date.now();
    expect(await gateway.intake.accept(says(LOOP, { value: 41 }, observedAtMs))).toBe('taken');
    // Not stopped: what a new component finds is what the old one has on the disk.
    const again = await start();
    expect(again.gateway.description).toMatch(/[2-9] readings of the spool/);
  });

  it('sends what its disk does not keep, as long as the line holds, and tells why', async () => {
    // Where a folder should be lies a file.
    await mkdir(path.join(directory, 'spool'));
    await writeFile(path.join(directory, 'spool', 'critical'), '');
    const { gateway, sent } = await start();
    expect(await gateway.intake.accept(says(LOOP, { value: 5 }))).toBe('refused');
    await expect.poll(() => sent.some(({ attributes }) => attributes.get('loopCount') === 5)).toBe(true);
    const faults = (): unknown[] => sent.flatMap(({ attributes }) => attributes.get('spoolFault') ?? []);
    await expect.poll(faults).toContain('EEXIST');
    expect(gateway.health().counts.unkept).toBeGreaterThanOrEqual(1);
  });

  it('takes another configuration while it runs', async () => {
    const { gateway, lines } = await start();
    expect(gateway.intake.offer(says('tram/rail/count', { value: 1 }))).toBe('refused');
    const streams = [{ topic: 'dlt://tram/rail/count', attributes: { value: 'loopCount' } }];
    await gateway.configure(configOf({ streams }));
    expect(gateway.intake.offer(says('tram/rail/count', { value: 1 }))).toBe('taken');
    expect(lines).toEqual([]);
    await gateway.configure(configOf({ spool: { max_bytes: 5_000_000 } }));
    expect(lines).toEqual(['identity, spool, twin and attestation change at the next start']);
  });

  it('ends within 5 s, with what it took on the disk', async () => {
    const { gateway } = await start();
    for (let value = 0; value < 1000; value++) gateway.intake.offer(says(LOOP, { value }));
    const startedMs = performance.now();
    await gateway.stop();
    expect(performance.now() - startedMs).toBeLessThan(5000);
    expect((await start()).gateway.health().spool.critical.records).toBeGreaterThanOrEqual(1001);
  });
});
