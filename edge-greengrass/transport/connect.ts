import type { ConfigurationSource, LocalBus, Supervisor, Transport } from '../ports.ts';
import { createLocalBus } from './local-bus.ts';
import { createMqttTransport } from './mqtt/transport.ts';
import type { GreengrassSettings, TransportSettings } from './settings.ts';

/** What a gateway is connected to. */
export interface Connections {
  readonly transport: Transport;
  readonly localBus: LocalBus;
  readonly supervisor: Supervisor;
  /** Where deployments bring the configuration; absent without a nucleus, where a file holds it. */
  readonly configuration?: ConfigurationSource;
  /** To what, and as whom; for the log. */
  readonly description: string;
  /** Of the transport and all beside it. */
  close(): Promise<void>;
}

/**
 * Connects as {@link readTransportSettings} found in the environment. Resolves although nothing may be there yet: the line
 * comes by itself, and the gateway works without it.
 */
export async function connect(settings: TransportSettings, log: (line: string) => void): Promise<Connections> {
  if (settings.kind === 'greengrass') return connectGreengrass(settings, log);
  const transport = createMqttTransport({ settings, log });
  return {
    transport,
    localBus: createLocalBus(),
    supervisor: { report: async () => {} },
    description: `MQTT at ${settings.url} as ${settings.thingName}`,
    close: () => transport.close(),
  };
}

async function connectGreengrass(settings: GreengrassSettings, log: (line: string) => void): Promise<Connections> {
  // Loads a native library of 7 MB, which a gateway that speaks MQTT has no use for.
  const { createGreengrass } = await import('./greengrass/greengrass.ts');
  return createGreengrass(settings, log);
}
