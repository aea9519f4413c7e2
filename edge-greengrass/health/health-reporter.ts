import type { AttributeValue } from '../../core/observation.ts';

/** How often the gateway tells of itself, whatever happens. */
export const REPORT_INTERVAL_MS = 30_000;
const LOOK_INTERVAL_MS = 1000;

/** A change of one of these is told at once, and so is what nobody knew before; counters and gauges wait for their turn. */
const TOLD_AT_ONCE = ['operatingMode', 'spoolFault', 'sensorsDead', 'sensorsBabbling', 'commandsUnanswered'] as const;

export interface HealthReporterOptions {
  values(): ReadonlyMap<string, AttributeValue>;
  report(values: ReadonlyMap<string, AttributeValue>): void;
  /** Never jumps. */
  monotonicMs(): number;
}

export interface HealthReporter {
  /** Tells now where something changed that cannot wait, or where it is time. Called by a timer, and after a change of mode. */
  look(): void;
  stop(): void;
}

export function startHealthReporter(options: HealthReporterOptions): HealthReporter {
  let told = '';
  let toldAtMs = Number.NEGATIVE_INFINITY;

  const look = (): void => {
    const current = options.values();
    const urgent = [...current.keys(), ...TOLD_AT_ONCE.map((name) => String(current.get(name)))].join(' ');
    const atMs = options.monotonicMs();
    if (urgent === told && atMs - toldAtMs < REPORT_INTERVAL_MS) return;
    told = urgent;
    toldAtMs = atMs;
    options.report(current);
  };

  const timer = setInterval(look, LOOK_INTERVAL_MS).unref();
  look();
  return { look, stop: () => clearInterval(timer) };
}
