import { describe, expect, it } from 'vitest';
import { EdgeGateway } from '../../../core/schema/models/edge.ts';
import { RUNGS } from '../../../edge-greengrass/power/ladder.ts';
import { isStreamOpen, planFor } from '../../../edge-greengrass/power/plan.ts';
import { POWER, STREAMS } from './configs.ts';

const config = { power: POWER, streams: STREAMS };
const keepsAll = { power: { ...POWER, retentionMode: 'all' as const }, streams: STREAMS };

/** Every pair of rungs. */
const STATES = RUNGS.flatMap((supply) => RUNGS.map((heat) => ({ supply, heat })));

describe('the plan', () => {
  it.each([
    [{ supply: 'all', heat: 'all' }, 'normal', 3, 1, true],
    [{ supply: 'critical', heat: 'all' }, 'critical_queue_only', 1, 4, false],
    [{ supply: 'streams', heat: 'all' }, 'recovering', 3, 4, false],
    [{ supply: 'timers', heat: 'all' }, 'recovering', 3, 1, false],
    [{ supply: 'all', heat: 'timers' }, 'throttled', 3, 1, false],
    [{ supply: 'all', heat: 'streams' }, 'throttled', 3, 4, false],
    [{ supply: 'all', heat: 'critical' }, 'critical_queue_only', 1, 4, false],
    [{ supply: 'timers', heat: 'streams' }, 'recovering', 3, 4, false],
  ] as const)('%j is %s', (state, mode, openPriorities, timerFactor, doCamerasRun) => {
    const plan = planFor(state, config);
    expect({ ...plan, openPriorities: plan.openPriorities.length }).toEqual({
      mode,
      openPriorities,
      timerFactor,
      doCamerasRun,
    });
  });

  it.each(STATES)('%j leaves critical streams open', (state) => {
    expect(isStreamOpen(planFor(state, config), 'traffic/loop/count', config)).toBe(true);
    expect(isStreamOpen(planFor(state, keepsAll), 'traffic/loop/count', config)).toBe(true);
  });

  it('in a brownout only those are open, and none that nobody knows', () => {
    const plan = planFor({ supply: 'critical', heat: 'all' }, config);
    for (const stream of ['traffic/signal/flow', 'environment/weather/highway', 'no/such', 'toString']) {
      expect(isStreamOpen(plan, stream, config)).toBe(false);
    }
  });

  it('that keeps all streams in a brownout saves by timers and cameras', () => {
    expect(planFor({ supply: 'critical', heat: 'all' }, keepsAll)).toEqual({
      mode: 'throttled',
      openPriorities: ['critical', 'normal', 'low'],
      timerFactor: 4,
      doCamerasRun: false,
    });
    expect(planFor({ supply: 'critical', heat: 'critical' }, keepsAll).mode).toBe('critical_queue_only');
  });

  it.each(STATES)('%j has a mode that the asset type knows', (state) => {
    const modes = EdgeGateway.attributes['operatingMode']?.values;
    expect(modes).toContain(planFor(state, config).mode);
    expect(modes).toContain(planFor(state, keepsAll).mode);
  });
});
