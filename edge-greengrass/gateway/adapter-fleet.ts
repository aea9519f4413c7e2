import { type Adapters, createAdapters } from '../adapters/create-adapters.ts';
import type { AdapterConfig, AdapterPorts } from '../adapters/ports.ts';
import type { Lateness } from '../adapters/lateness.ts';
import type { Intake, SensorHealth } from '../ports.ts';
import { within } from './within.ts';

/** Adapters stop within a second; one that does not is left behind. */
const STOP_MAX_MS = 1500;

/** The adapters that a configuration asks for. */
export interface AdapterFleet {
  /** Ends what ran before, and starts what is asked for now. */
  configure(config: AdapterConfig): Promise<void>;
  /** Polls come so many times slower; 1 is as configured. */
  setSlowDown(factor: number): void;
  sensors(): readonly SensorHealth[];
  /** Of polls, by sensor. */
  lateness(): ReadonlyMap<string, Lateness>;
  stop(): Promise<void>;
}

export function createAdapterFleet(
  intake: Intake,
  ports: AdapterPorts,
  log: (line: string) => void,
  create: (config: AdapterConfig, ports: AdapterPorts) => Adapters = createAdapters,
): AdapterFleet {
  let running: Adapters | undefined;
  let slowDown = 1;

  const stop = async (): Promise<void> => {
    const { adapters = [] } = running ?? {};
    running = undefined;
    await Promise.all(adapters.map((adapter) => within(STOP_MAX_MS, adapter.stop())));
  };

  return {
    stop,

    async configure(config) {
      await stop();
      const next = create(config, ports);
      running = next;
      next.setSlowDown(slowDown);
      for (const adapter of next.adapters) {
        try {
          await adapter.start(intake);
        } catch (error) {
          log(`${adapter.name} does not start: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
    },

    setSlowDown(factor) {
      slowDown = factor;
      running?.setSlowDown(factor);
    },

    lateness: () => running?.lateness() ?? new Map(),
    sensors: () => running?.adapters.flatMap((adapter) => adapter.sensors()) ?? [],
  };
}
