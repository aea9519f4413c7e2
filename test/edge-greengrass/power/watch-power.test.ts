import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PowerConfig, ThermalConfig } from '../../../edge-greengrass/config/gateway-config.ts';
import {
  type PowerWatch,
  type PowerWatchOptions,
  startPowerWatch,
} from '../../../edge-greengrass/power/watch-power.ts';
import { POWER, THERMAL } from './configs.ts';

let directory: string;
let voltagePath: string;
let temperaturePath: string;
const watches: PowerWatch[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-power-'));
  voltagePath = path.join(directory, 'in0_input');
  temperaturePath = path.join(directory, 'temp');
  await writeFile(voltagePath, '12400\n');
  await writeFile(temperaturePath, '48000\n');
});
afterEach(async () => {
  for (const watch of watches.splice(0)) watch.stop();
  await rm(directory, { recursive: true, force: true });
});

/** At once, as a driver does: a file that is written may be seen empty. */
async function say(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

/** Readings come when the machine finds time; the clock that they are judged by moves 10 ms from one to the next. */
function tickingClock(): () => number {
  let nowMs = 0;
  return () => (nowMs += 10);
}

function watch(
  power: Partial<PowerConfig> = { voltagePath },
  thermal: Partial<ThermalConfig> = {},
  given: Partial<PowerWatchOptions> = {},
) {
  const config = { power: { ...POWER, ...power }, thermal: { ...THERMAL, ...thermal } };
  const started = startPowerWatch({ config, monotonicMs: tickingClock(), ...given });
  watches.push(started);
  const plans: string[] = [];
  const unanswered: string[] = [];
  // A machine that is busy elsewhere may miss an answer now and then, which changes no plan.
  started.onChange(({ plan: { mode, timerFactor }, unanswered: silent }) => {
    const plan = `${mode} ×${timerFactor}`;
    if (plan !== plans.at(-1)) plans.push(plan);
    if (silent.join() !== unanswered.at(-1)) unanswered.push(silent.join());
  });
  return { started, plans, unanswered, config };
}

describe('the supply', () => {
  it('that sags and recovers leads down at once and back in order', async () => {
    const { started, plans } = watch();
    await expect.poll(() => started.report().millivolts).toBe(12_400);
    await say(voltagePath, '10700\n');
    await expect.poll(() => started.report().plan.mode).toBe('critical_queue_only');
    await say(voltagePath, '11000\n');
    await expect.poll(() => started.report().millivolts).toBe(11_000);
    expect(started.report().plan.mode).toBe('critical_queue_only');
    await say(voltagePath, '11200\n');
    await expect.poll(() => started.report().plan.mode).toBe('normal');
    expect(plans).toEqual(['critical_queue_only ×4', 'recovering ×4', 'recovering ×1', 'normal ×1']);
  });

  it('whose sensor falls silent causes no brownout, and is reported', async () => {
    const { started, plans, unanswered } = watch();
    await expect.poll(() => started.report().millivolts).toBe(12_400);
    await rm(voltagePath);
    await expect.poll(() => unanswered).toEqual(['voltage']);
    expect(started.report()).not.toHaveProperty('millivolts');
    await say(voltagePath, '12400\n');
    await expect.poll(() => unanswered).toEqual(['voltage', '']);
    expect(plans).toEqual(['normal ×1']);
  });

  it('whose sensor hangs or throws is one that does not answer', async () => {
    const hanging = watch({}, {}, { supply: { readMillivolts: () => new Promise(() => {}) } });
    await expect.poll(() => hanging.unanswered).toEqual(['voltage']);
    const throwing = watch({}, {}, { supply: { readMillivolts: () => Promise.reject(new Error('bus error')) } });
    await expect.poll(() => throwing.unanswered).toEqual(['voltage']);
  });

  it('that nobody measures is good', async () => {
    const { started } = watch({}, { temperaturePath });
    await expect.poll(() => started.report().celsius).toBe(48);
    expect(started.report()).toMatchObject({ plan: { mode: 'normal' }, unanswered: [] });
  });
});

describe('the processor', () => {
  it('that gets hot sheds step by step, the cameras first', async () => {
    const { started, plans } = watch({}, { temperaturePath });
    await say(temperaturePath, '91000\n');
    await expect.poll(() => started.report().plan.mode).toBe('critical_queue_only');
    await say(temperaturePath, '60000\n');
    await expect.poll(() => started.report().plan.mode).toBe('normal');
    expect(plans).toEqual([
      'throttled ×1',
      'throttled ×4',
      'critical_queue_only ×4',
      'throttled ×4',
      'throttled ×1',
      'normal ×1',
    ]);
  });
});

describe('new thresholds', () => {
  it('hold from the next reading on', async () => {
    const { started, config } = watch();
    await expect.poll(() => started.report().millivolts).toBe(12_400);
    started.configure({ ...config, power: { ...config.power, undervoltageMillivolts: 12_500 } });
    await expect.poll(() => started.report().plan.mode).toBe('critical_queue_only');
    started.configure(config);
    await expect.poll(() => started.report().plan.mode).toBe('normal');
  });

  it('and another file, too', async () => {
    const { started, config } = watch();
    await expect.poll(() => started.report().millivolts).toBe(12_400);
    const other = path.join(directory, 'voltage_now');
    await say(other, '24100000\n');
    started.configure({ ...config, power: { ...config.power, voltagePath: other, voltageUnit: 'uV' } });
    await expect.poll(() => started.report().millivolts).toBe(24_100);
  });
});

it('after the end nobody is told anything', async () => {
  const { started, plans } = watch();
  await expect.poll(() => started.report().millivolts).toBe(12_400);
  started.stop();
  await say(voltagePath, '10000\n');
  await new Promise((resolve) => void setTimeout(resolve, 100));
  expect(plans).toEqual([]);
});
