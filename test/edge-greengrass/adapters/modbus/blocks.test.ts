import { describe, expect, test } from 'vitest';
import {
  BITS_PER_READ_MAX,
  planBlocks,
  REGISTERS_PER_READ_MAX,
} from '../../../../edge-greengrass/adapters/modbus/blocks.ts';
import type { RegisterConfig } from '../../../../edge-greengrass/config/gateway-config.ts';
import { LOOP_STREAM } from '../gateway.ts';

function register(kind: RegisterConfig['kind'], address: number, type: RegisterConfig['type']): RegisterConfig {
  return { kind, address, type, stream: LOOP_STREAM, field: `f${address}`, meaning: 'value', scale: 1, offset: 0 };
}

function plan(registers: readonly RegisterConfig[]): readonly (readonly [string, number, number, number])[] {
  return planBlocks(registers).map(({ kind, address, length, registers: held }) => [
    kind,
    address,
    length,
    held.length,
  ]);
}

describe('requests that read registers', () => {
  test('join what is adjacent or overlaps, and nothing across a gap or of another table', () => {
    expect(
      plan([
        register('input-register', 3, 'uint16'),
        register('input-register', 0, 'uint32'),
        register('input-register', 1, 'uint16'),
        register('input-register', 2, 'int16'),
        register('input-register', 5, 'uint16'),
        register('holding-register', 4, 'uint16'),
        register('coil', 0, 'bit'),
      ]),
    ).toEqual([
      ['coil', 0, 1, 1],
      ['holding-register', 4, 1, 1],
      ['input-register', 0, 4, 4],
      ['input-register', 5, 1, 1],
    ]);
  });

  test.each([
    ['discrete-input', 'bit', BITS_PER_READ_MAX],
    ['holding-register', 'uint16', REGISTERS_PER_READ_MAX],
  ] as const)('ask for as many as the protocol allows: %s', (kind, type, max) => {
    const registers = Array.from({ length: max + 1 }, (_, address) => register(kind, address, type));
    expect(plan(registers.slice(0, max))).toEqual([[kind, 0, max, max]]);
    expect(plan(registers)).toEqual([
      [kind, 0, max, max],
      [kind, max, 1, 1],
    ]);
  });

  test('never tear a value of two registers apart', () => {
    const registers = Array.from({ length: 63 }, (_, index) => register('input-register', 2 * index, 'float32'));
    expect(plan(registers)).toEqual([
      ['input-register', 0, 124, 62],
      ['input-register', 124, 2, 1],
    ]);
  });
});
