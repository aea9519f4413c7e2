import type { GatewayConfig } from './config/gateway-config.ts';
import type { LocalBus } from './ports.ts';
import { serveActuator } from './rules/serve-actuator.ts';
import { type Simulation, startSimulation } from './simulation/start.ts';

/** The same traffic and weather at every start. */
const SEED = 1;

/** Everything that a cabinet holds beside the gateway: sensors, and actuators that do what they are told. */
export interface SimulatedCabinet {
  /** The configuration that finds them where they are. */
  place(config: GatewayConfig): Promise<GatewayConfig>;
  stop(): Promise<void>;
}

export function createSimulatedCabinet(bus: LocalBus, log: (line: string) => void): SimulatedCabinet {
  const actuators = new Set<string>();
  let simulation: Simulation | undefined;
  return {
    async place(config) {
      await simulation?.stop();
      simulation = await startSimulation(config, bus, SEED);
      for (const { actuatorTopic } of config.rules) {
        if (actuators.has(actuatorTopic)) continue;
        actuators.add(actuatorTopic);
        await serveActuator(bus, actuatorTopic, ({ command }) => log(`${actuatorTopic}: ${command}`), Date.now);
      }
      return simulation.config;
    },
    stop: async () => simulation?.stop(),
  };
}
