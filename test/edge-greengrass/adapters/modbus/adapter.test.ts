import { afterEach, describe, expect, test } from 'vitest';
import { createModbusAdapter, type ModbusAdapter } from '../../../../edge-greengrass/adapters/modbus/adapter.ts';
import type { AdapterContext } from '../../../../edge-greengrass/adapters/ports.ts';
import type { ModbusSensorConfig, RegisterConfig } from '../../../../edge-greengrass/config/gateway-config.ts';
import {
  adapterContext,
  counted,
  createTestIntake,
  gatewayConfig,
  LOOP_STREAM,
  type TestIntake,
  WEATHER_STREAM,
} from '../gateway.ts';
import { exceptionTo, startModbusDevice, startOddDevice } from './device.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function register(changes: Partial<RegisterConfig> = {}): RegisterConfig {
  return {
    kind: 'discrete-input',
    address: 0,
    type: 'bit',
    stream: LOOP_STREAM,
    field: 'value',
    meaning: 'presence',
    scale: 1,
    offset: 0,
    ...changes,
  };
}

function loop(port: number, changes: Partial<ModbusSensorConfig> = {}): ModbusSensorConfig {
  return {
    protocol: 'modbus-tcp',
    id: 'loop-004',
    streams: [LOOP_STREAM],
    silentMaxMs: 10_000,
    samplesPerSecondMax: 1000,
    host: '127.0.0.1',
    port,
    unitId: 1,
    samplingHz: 100,
    registers: [register()],
    ...changes,
  };
}

interface Started {
  readonly adapter: ModbusAdapter;
  readonly intake: TestIntake;
  readonly context: AdapterContext;
  readonly last: (field: string) => unknown;
}

async function start(sensors: readonly ModbusSensorConfig[], changes?: Partial<AdapterContext>): Promise<Started> {
  const context = adapterContext(gatewayConfig(sensors), changes);
  const adapter = createModbusAdapter('127.0.0.1', sensors[0]?.port ?? 0, sensors, context);
  const intake = createTestIntake();
  await adapter.start(intake);
  cleanups.push(() => adapter.stop());
  return {
    adapter,
    intake,
    context,
    last: (field) => intake.samples.findLast(({ values }) => values.has(field))?.values.get(field),
  };
}

async function device() {
  const started = await startModbusDevice();
  cleanups.push(() => started.close());
  return started;
}

describe('a loop detector on Modbus TCP', () => {
  test('counts each vehicle that comes, and none that was there at the first look', async () => {
    const { port, discrete } = await device();
    discrete.writeUInt8(1, 0);
    const { adapter, last, intake } = await start([loop(port)]);
    await expect.poll(() => last('value')).toBe(0);
    expect(adapter.state()).toBe('running');
    for (let vehicle = 1; vehicle <= 3; vehicle += 1) {
      const polls = adapter.lateness().get('loop-004')?.ticks ?? 0;
      discrete.writeUInt8(0, 0);
      await expect.poll(() => adapter.lateness().get('loop-004')?.ticks).toBeGreaterThan(polls + 3);
      discrete.writeUInt8(1, 0);
      await expect.poll(() => last('value')).toBe(vehicle);
    }
    const counters = intake.samples.map(({ counter = 0 }) => counter);
    expect(counters).toEqual(counters.map((_, index) => index + 1));
    expect(adapter.sensors()).toEqual([{ sensor: 'loop-004', state: 'ok' }]);
  });

  test('reads adjacent registers in one request, and each as its type says', async () => {
    const { port, input, requests } = await device();
    input.writeUInt16BE(65_535, 0);
    input.writeInt16BE(-12, 2);
    input.writeUInt32BE(4_000_000_000, 4);
    input.writeInt32BE(-5, 8);
    input.writeFloatBE(1.5, 12);
    input.writeUInt16BE(7, 20);
    const word = (address: number, type: RegisterConfig['type'], field: string, scale = 1, offset = 0) =>
      register({ kind: 'input-register', address, type, field, meaning: 'value', scale, offset });
    const registers = [
      word(6, 'float32', 'e'),
      word(0, 'uint16', 'a'),
      word(1, 'int16', 'b', 0.5, 40),
      word(2, 'uint32', 'c'),
      word(4, 'int32', 'd'),
      word(10, 'uint16', 'f'),
    ];
    const { intake } = await start([loop(port, { registers })]);
    await expect.poll(() => intake.samples.length).toBeGreaterThan(0);
    expect(Object.fromEntries(intake.samples[0]?.values ?? [])).toEqual({
      a: 65_535,
      b: 34,
      c: 4_000_000_000,
      d: -5,
      e: 1.5,
      f: 7,
    });
    expect(requests.slice(0, 2)).toEqual([
      { fc: 4, address: 0, quantity: 8 },
      { fc: 4, address: 10, quantity: 1 },
    ]);
  });

  test('polls eight loops of one device at 100 Hz on an absolute schedule', async () => {
    const { port } = await device();
    const loops = Array.from({ length: 8 }, (_, index) => loop(port, { id: `loop-${index}` }));
    const { adapter } = await start(loops);
    const startedMs = performance.now();
    await expect.poll(() => adapter.lateness().get('loop-7')?.ticks).toBeGreaterThan(50);
    const periods = (performance.now() - startedMs) / 10;
    for (const { ticks, skipped, p99Ms, maxMs } of adapter.lateness().values()) {
      // However late single ticks were, those that came and those that were left out are as many as there were periods.
      expect(Math.abs(ticks + skipped - periods)).toBeLessThan(0.1 * periods + 30);
      expect(p99Ms).toBeLessThanOrEqual(maxMs);
    }
  });

  test('polls no longer while its stream is closed', async () => {
    const { port, requests } = await device();
    const { adapter, intake } = await start([loop(port)]);
    await expect.poll(() => requests.length).toBeGreaterThan(5);
    intake.closed.add(LOOP_STREAM);
    await expect.poll(() => adapter.state()).toBe('suspended');
    await new Promise((resolve) => void setTimeout(resolve, 50));
    const before = requests.length;
    await new Promise((resolve) => void setTimeout(resolve, 150));
    expect(requests.length).toBe(before);
    intake.closed.clear();
    await expect.poll(() => requests.length).toBeGreaterThan(before);
  });

  test('is slowed down, but for sensors of critical streams', async () => {
    const { port, requests } = await device();
    const streams = ['traffic/signal/flow'];
    const flow = loop(port, {
      id: 'flow-1',
      streams,
      registers: [register({ address: 64, stream: streams[0] ?? '' })],
    });
    const { adapter } = await start([loop(port), flow]);
    const polls = (address: number): number => requests.filter((each) => each.address === address).length;
    await expect.poll(() => Math.min(polls(0), polls(64))).toBeGreaterThan(5);
    adapter.setSlowDown(1000);
    await new Promise((resolve) => void setTimeout(resolve, 50));
    const [critical, slowed] = [polls(0), polls(64)];
    await expect.poll(() => polls(0)).toBeGreaterThan(critical + 5);
    expect(polls(64)).toBeLessThanOrEqual(slowed + 1);
  });

  test('reads the channels of a detector card in one request, and each for its own sensor', async () => {
    const { port, discrete, requests } = await device();
    const loops = Array.from({ length: 8 }, (_, address) =>
      loop(port, { id: `loop-${address}`, registers: [register({ address })] }),
    );
    const { intake } = await start(loops);
    await expect.poll(() => intake.samples.length).toBe(8);
    expect(requests[0]).toEqual({ fc: 2, address: 0, quantity: 8 });
    discrete.writeUInt8(0b0010_0100, 0);
    await expect
      .poll(() => intake.samples.slice(8).map(({ sensor, values }) => [sensor, values.get('value')]))
      .toEqual([
        ['loop-2', 1],
        ['loop-5', 1],
      ]);
  });

  test('reads each sensor alone once a register of one of them is not there', async () => {
    const quantities = new Set<number>();
    const odd = await startOddDevice((request) => {
      const [address, quantity] = [request.readUInt16BE(8), request.readUInt16BE(10)];
      quantities.add(quantity);
      // It has the first discrete input only.
      if (address + quantity > 1) return exceptionTo(request, 2);
      return Buffer.concat([request.subarray(0, 4), Buffer.of(0, 4), request.subarray(6, 8), Buffer.of(1, 1)]);
    });
    cleanups.push(() => odd.close());
    const other = loop(odd.port, { id: 'loop-005', registers: [register({ address: 1 })] });
    const { context, last } = await start([loop(odd.port), other]);
    await expect.poll(() => last('value')).toBe(0);
    expect(quantities).toEqual(new Set([2, 1]));
    await expect.poll(() => counted(context.tally, 'loop-005', 'exception')).toBeGreaterThan(3);
    expect(counted(context.tally, 'loop-004', 'exception')).toBe(1);
  });

  test('of two streams reads on the one that is open', async () => {
    const { port, requests } = await device();
    const registers = [
      register(),
      register({ kind: 'holding-register', type: 'int16', stream: WEATHER_STREAM, meaning: 'value' }),
    ];
    const { intake } = await start([loop(port, { streams: [LOOP_STREAM, WEATHER_STREAM], registers })]);
    await expect.poll(() => new Set(intake.samples.map(({ stream }) => stream)).size).toBe(2);
    intake.closed.add(WEATHER_STREAM);
    await new Promise((resolve) => void setTimeout(resolve, 50));
    requests.length = 0;
    await expect.poll(() => requests.length).toBeGreaterThan(3);
    expect(new Set(requests.map(({ fc }) => fc))).toEqual(new Set([2]));
  });

  test('connects again after the device was away, and goes on counting', async () => {
    const first = await startModbusDevice();
    first.discrete.writeUInt8(0, 0);
    const { adapter, context, last } = await start([loop(first.port)], { random: () => 0 });
    await expect.poll(() => last('value')).toBe(0);
    first.discrete.writeUInt8(1, 0);
    await expect.poll(() => last('value')).toBe(1);
    await first.close();
    await expect.poll(() => adapter.state()).toBe('connecting');
    const second = await startModbusDevice(first.port);
    cleanups.push(() => second.close());
    await expect.poll(() => adapter.state()).toBe('running');
    await expect.poll(() => second.requests.length).toBeGreaterThan(3);
    second.discrete.writeUInt8(1, 0);
    await expect.poll(() => last('value')).toBe(2);
    expect(counted(context.tally, 'loop-004', 'unreachable')).toBe(1);
  });

  test('goes on after a device that hung up on a request', async () => {
    let requests = 0;
    const odd = await startOddDevice((request) => {
      requests += 1;
      if (requests < 4) return 'hang up';
      return Buffer.concat([request.subarray(0, 4), Buffer.of(0, 4), request.subarray(6, 8), Buffer.of(1, 1)]);
    });
    cleanups.push(() => odd.close());
    const { last } = await start([loop(odd.port)], { random: () => 0 });
    await expect.poll(() => last('value')).toBe(0);
    expect(odd.connections()).toBe(4);
  });

  test('reports exceptions by name, and reads what else there is', async () => {
    const odd = await startOddDevice((request) =>
      request.readUInt8(7) === 2
        ? exceptionTo(request, 2)
        : Buffer.concat([request.subarray(0, 4), Buffer.from([0, 5]), request.subarray(6, 8), Buffer.from([2, 0, 9])]),
    );
    cleanups.push(() => odd.close());
    const registers = [register(), register({ kind: 'input-register', type: 'uint16', field: 'f', meaning: 'value' })];
    const { context, last } = await start([loop(odd.port, { registers })]);
    await expect.poll(() => last('f')).toBe(9);
    expect(last('value')).toBeUndefined();
    expect(counted(context.tally, 'loop-004', 'exception')).toBeGreaterThan(0);
    await expect.poll(() => context.tally.latest('loop-004')).toContain('exception 2, illegal data address');
  });

  test('gives up a device that does not answer, and tries it again', async () => {
    const odd = await startOddDevice(() => undefined);
    cleanups.push(() => odd.close());
    const { context } = await start([loop(odd.port)], { random: () => 0 });
    await expect.poll(() => odd.connections(), { timeout: 20_000 }).toBeGreaterThan(1);
    expect(counted(context.tally, 'loop-004', 'timeout')).toBeGreaterThanOrEqual(3);
    expect(counted(context.tally, 'loop-004', 'overrun')).toBeGreaterThan(0);
  });

  test.each([
    ['nonsense', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a header alone', (request: Buffer) => request.subarray(0, 7)],
    [
      'the answer to another function',
      (request: Buffer) => Buffer.concat([request.subarray(0, 4), Buffer.from([0, 3, 1, 9, 9])]),
    ],
  ])('survives a device that answers with %s', async (_what, answer) => {
    const odd = await startOddDevice(answer);
    cleanups.push(() => odd.close());
    const { context, intake } = await start([loop(odd.port)]);
    const faults = () =>
      [...(context.tally.counts().get('loop-004')?.values() ?? [])].reduce((sum, each) => sum + each, 0);
    await expect.poll(faults).toBeGreaterThan(0);
    expect(intake.samples).toEqual([]);
  });
});
