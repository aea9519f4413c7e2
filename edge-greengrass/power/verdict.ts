import type { PowerConfig, ThermalConfig } from '../config/gateway-config.ts';
import type { LadderRules, Verdict } from './ladder.ts';

/** A broken sensor's silence is told from a brownout's by its length: longer than any supply takes to come back. */
const UNKNOWN_RECOVERIES = 5;
/** A processor does not cool down within a reading. */
const HOT_READINGS = 3;

/** @param millivolts absent, the sensor does not answer */
export function supplyVerdict(millivolts: number | undefined, power: PowerConfig): Verdict {
  if (millivolts === undefined) return 'unknown';
  if (millivolts < power.undervoltageMillivolts) return 'bad';
  return millivolts < power.undervoltageMillivolts + power.recoveryMillivolts ? 'poor' : 'good';
}

/** @param celsius absent, the sensor does not answer */
export function heatVerdict(celsius: number | undefined, thermal: ThermalConfig): Verdict {
  if (celsius === undefined) return 'unknown';
  if (celsius >= thermal.throttleCelsius) return 'bad';
  return celsius > thermal.recoveryCelsius ? 'poor' : 'good';
}

/** A supply that sags may be gone in a moment, so everything is shed at once. */
export function supplyRules({ confirmReadings, recoveryMs }: PowerConfig): LadderRules {
  return {
    descent: 'at-once',
    confirmReadings,
    stepMs: recoveryMs,
    unknownMaxMs: UNKNOWN_RECOVERIES * recoveryMs,
  };
}

/** Heat comes slowly, and stopping the cameras is mostly enough. */
export function heatRules({ recoveryMs }: ThermalConfig): LadderRules {
  return {
    descent: 'step-by-step',
    confirmReadings: HOT_READINGS,
    stepMs: recoveryMs,
    unknownMaxMs: UNKNOWN_RECOVERIES * recoveryMs,
  };
}
