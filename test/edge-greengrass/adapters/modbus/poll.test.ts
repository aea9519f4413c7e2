import { expect, test } from 'vitest';
import { createGate } from '../../../../edge-greengrass/adapters/isolation.ts';
import type { ModbusConnection } from '../../../../edge-greengrass/adapters/modbus/connection.ts';
import { createPoll } from '../../../../edge-greengrass/adapters/modbus/poll.ts';
import { createVoice, REPEAT_MS } from '../../../../edge-greengrass/adapters/modbus/voice.ts';
import { createTally } from '../../../../edge-greengrass/adapters/tally.ts';
import type { ModbusSensorConfig, RegisterConfig } from '../../../../edge-greengrass/config/gateway-config.ts';
import type { Admission } from '../../../../edge-greengrass/ports.ts';
import { counted, createTestIntake, LOOP_STREAM, testClock } from '../gateway.ts';

const word: RegisterConfig = {
  kind: 'input-register',
  address: 0,
  type: 'float32',
  stream: LOOP_STREAM,
  field: 'a',
  meaning: 'value',
  scale: 1,
  offset: 0,
};

function start() {
  const registers = [word, { ...word, address: 2, field: 'b' }];
  const sensor: ModbusSensorConfig = {
    protocol: 'modbus-tcp',
    id: 'loop-1',
    streams: [LOOP_STREAM],
    silentMaxMs: 10_000,
    samplesPerSecondMax: 1000,
    host: '127.0.0.1',
    port: 502,
    unitId: 1,
    samplingHz: 100,
    registers,
  };
  const table = Buffer.alloc(8);
  const connection: ModbusConnection = {
    open: () => {},
    read: async () => ({ ok: true, bytes: table }),
    isUp: () => true,
    fault: () => undefined,
    close: () => {},
  };
  const clock = testClock();
  const tally = createTally();
  const intake = createTestIntake();
  const gate = createGate(sensor, intake, { clock, tally });
  const poll = createPoll(1, [createVoice(sensor, gate, clock)], connection, intake, { clock, tally });
  const taken = () => intake.samples.map(({ values }) => Object.fromEntries(values));
  return { table, clock, tally, intake, poll, taken };
}

test('what changed is said, and all of it again before it could pass for silence', async () => {
  const { table, clock, poll, taken } = start();
  await poll.run();
  clock.advance(10);
  await poll.run();
  table.writeFloatBE(1.5, 4);
  await poll.run();
  clock.advance(REPEAT_MS - 11);
  await poll.run();
  expect(taken()).toEqual([{ a: 0, b: 0 }, { b: 1.5 }]);
  clock.advance(1);
  await poll.run();
  expect(taken().slice(2)).toEqual([{ a: 0, b: 1.5 }]);
});

test('what was not taken is offered again after a second, not with every poll', async () => {
  const { clock, intake, poll } = start();
  let offers = 0;
  intake.offer = (): Admission => {
    offers += 1;
    return 'refused';
  };
  await poll.run();
  clock.advance(999);
  await poll.run();
  expect(offers).toBe(1);
  clock.advance(1);
  await poll.run();
  expect(offers).toBe(2);
});

test('a number that is none is counted, and the others are taken', async () => {
  const { table, tally, poll, taken } = start();
  table.writeFloatBE(Number.NaN, 0);
  await poll.run();
  expect(taken()).toEqual([{ b: 0 }]);
  expect(counted(tally, 'loop-1', 'malformed')).toBe(1);
});
