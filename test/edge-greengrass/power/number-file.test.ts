import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTemperatureFile, createVoltageFile } from '../../../edge-greengrass/power/number-file.ts';

let directory: string;
let file: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-number-file-'));
  file = path.join(directory, 'value');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('a voltage', () => {
  it.each([
    ['12034\n', 'mV', 12_034],
    ['12034000\n', 'uV', 12_034],
    ['12.034\n', 'V', 12_034],
    ['  12034  ', 'mV', 12_034],
    ['10.73 V\n', 'mV', 10_730],
    ['10730mV\n', 'V', 10_730],
    ['0\n', 'mV', 0],
    ['100000\n', 'mV', 100_000],
  ] as const)('of %j in %s is %d mV', async (text, unit, millivolts) => {
    await writeFile(file, text);
    expect(await createVoltageFile(file, unit).readMillivolts()).toBeCloseTo(millivolts, 6);
  });

  it.each([
    ['nothing', ''],
    ['a blank line', '\n'],
    ['a word', 'N/A\n'],
    ['two numbers', '12 034\n'],
    ['another unit', '12 A\n'],
    ['no number', 'NaN\n'],
    ['an infinity', 'Infinity\n'],
    ['less than nothing', '-1\n'],
    ['more than any cabinet has', '100001\n'],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00, 0x31])],
    ['a number without an end', '1'.repeat(100_000)],
  ])('of %s is no answer', async (_, text) => {
    await writeFile(file, text);
    expect(await createVoltageFile(file, 'mV').readMillivolts()).toBeUndefined();
  });

  it('of no file, and of a directory, is no answer', async () => {
    expect(await createVoltageFile(path.join(directory, 'missing'), 'mV').readMillivolts()).toBeUndefined();
    expect(await createVoltageFile(directory, 'mV').readMillivolts()).toBeUndefined();
  });

  it('of a pipe that nobody writes to is no answer, at once', async () => {
    const pipe = path.join(directory, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    expect(await createVoltageFile(pipe, 'mV').readMillivolts()).toBeUndefined();
  });

  it('is asked for once at a time', async () => {
    await writeFile(file, '12000\n');
    const source = createVoltageFile(file, 'mV');
    expect(await Promise.all([source.readMillivolts(), source.readMillivolts()])).toEqual([12_000, undefined]);
    expect(await source.readMillivolts()).toBe(12_000);
  });
});

describe('a temperature', () => {
  it.each([
    ['48300\n', 48.3],
    ['-12000\n', -12],
    ['150000\n', 150],
    ['150001\n', undefined],
    ['-55001\n', undefined],
  ] as const)('of %j is %s °C', async (text, celsius) => {
    await writeFile(file, text);
    expect(await createTemperatureFile(file).readCelsius()).toBe(celsius);
  });
});
