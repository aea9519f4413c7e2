import { isDeepStrictEqual } from 'node:util';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { PowerSource, TemperatureSource } from '../ports.ts';
import { AT_THE_TOP, climb, type LadderState } from './ladder.ts';
import { createTemperatureFile, createVoltageFile } from './number-file.ts';
import { planFor, type PowerPlan } from './plan.ts';
import { heatRules, heatVerdict, supplyRules, supplyVerdict } from './verdict.ts';

/** A sensor that takes longer does not answer. */
const ANSWER_MS_MAX = 1000;

type WatchedConfig = Pick<GatewayConfig, 'power' | 'thermal'>;

export interface PowerWatchOptions {
  readonly config: WatchedConfig;
  /** Instead of the files that the configuration names. */
  readonly supply?: PowerSource;
  readonly processor?: TemperatureSource;
  /** Never jumps, and has no meaning but as a difference. */
  readonly monotonicMs: () => number;
}

export interface PowerReport {
  readonly plan: PowerPlan;
  readonly millivolts?: number;
  readonly celsius?: number;
  /** Sensors that are configured and did not answer last time. */
  readonly unanswered: readonly ('voltage' | 'temperature')[];
}

export interface PowerWatch {
  report(): PowerReport;
  /** Told when the plan changes, or which sensors answer. */
  onChange(listener: (report: PowerReport) => void): void;
  /** From the next reading on; what is switched off stays so until the new thresholds say otherwise. */
  configure(config: WatchedConfig): void;
  stop(): void;
}

/** Looks at the supply and the processor every `pollIntervalMs`; the first report is that all is well. */
export function startPowerWatch({ config, monotonicMs, ...given }: PowerWatchOptions): PowerWatch {
  const listeners: ((report: PowerReport) => void)[] = [];
  let watched = config;
  let sensors = sensorsOf(config, given);
  let supply: LadderState = AT_THE_TOP;
  let heat: LadderState = AT_THE_TOP;
  let report: PowerReport = { plan: planFor({ supply: 'all', heat: 'all' }, config), unanswered: [] };
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const { voltage, temperature } = sensors;
    const [millivolts, celsius] = await Promise.all([answerOf(voltage), answerOf(temperature)]);
    if (isStopped) return;
    const { power, thermal } = watched;
    const nowMs = monotonicMs();
    supply = climb(supply, voltage ? supplyVerdict(millivolts, power) : 'good', nowMs, supplyRules(power));
    heat = climb(heat, temperature ? heatVerdict(celsius, thermal) : 'good', nowMs, heatRules(thermal));
    tell({
      plan: planFor({ supply: supply.rung, heat: heat.rung }, watched),
      ...(millivolts !== undefined && { millivolts }),
      ...(celsius !== undefined && { celsius }),
      unanswered: [
        ...(voltage && millivolts === undefined ? (['voltage'] as const) : []),
        ...(temperature && celsius === undefined ? (['temperature'] as const) : []),
      ],
    });
    timer = setTimeout(() => void look(), power.pollIntervalMs);
  }

  function tell(next: PowerReport): void {
    const { plan, unanswered } = report;
    report = next;
    if (isDeepStrictEqual({ plan, unanswered }, { plan: next.plan, unanswered: next.unanswered })) return;
    for (const listener of listeners) listener(next);
  }

  void look();
  return {
    report: () => report,
    onChange: (listener) => void listeners.push(listener),
    configure(next) {
      watched = next;
      sensors = sensorsOf(next, given);
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

type Read = () => Promise<number | undefined>;

interface Sensors {
  readonly voltage?: Read;
  readonly temperature?: Read;
}

function sensorsOf({ power, thermal }: WatchedConfig, given: Pick<PowerWatchOptions, 'supply' | 'processor'>): Sensors {
  const supply =
    given.supply ??
    (power.voltagePath === undefined ? undefined : createVoltageFile(power.voltagePath, power.voltageUnit));
  const processor =
    given.processor ??
    (thermal.temperaturePath === undefined ? undefined : createTemperatureFile(thermal.temperaturePath));
  return {
    ...(supply && { voltage: () => supply.readMillivolts() }),
    ...(processor && { temperature: () => processor.readCelsius() }),
  };
}

/** Nothing where there is no sensor, and where it does not answer in time. Never rejects. */
async function answerOf(read: Read | undefined): Promise<number | undefined> {
  if (!read) return undefined;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ANSWER_MS_MAX);
  });
  const answer = await Promise.race([read().catch(() => undefined), late]);
  clearTimeout(timer);
  return answer;
}
