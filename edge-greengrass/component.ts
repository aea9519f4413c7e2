import path from 'node:path';
import cityConfig from '../cityweave.config.ts';
import { validateCityConfig } from '../core/schema/validate-config.ts';
import { gatewayCodecs } from './adapters/lorawan/codecs.ts';
import { openSigner } from './attestation/open-signer.ts';
import { createFileSource } from './config/file-source.ts';
import { describeFinding } from './config/finding.ts';
import type { GatewayConfig } from './config/gateway-config.ts';
import { openConfigKeeper } from './config/keep-config.ts';
import { startGateway } from './gateway/gateway.ts';
import type { LocalBus, Signer } from './ports.ts';
import type { SimulatedCabinet } from './simulated-cabinet.ts';
import { type Connections, connect } from './transport/connect.ts';
import { readTransportSettings } from './transport/settings.ts';

/** Where the local cloud listens, for whoever names no other place. */
const LOCAL_CLOUD_URL = 'mqtt://127.0.0.1:1883';

export interface ComponentOptions {
  /** Absent, deployments bring the configuration, by the nucleus. */
  readonly configFile?: string;
  /** For all that survives a restart. */
  readonly directory: string;
  /** The gateway's name; absent, what the nucleus says, else the name of its asset. */
  readonly thing?: string;
  /** Of a broker; absent, the nucleus, else the local cloud on this machine. */
  readonly url?: string;
  /** Runs simulated sensors in this process, and reads these. */
  readonly isSimulated: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
}

export interface Component {
  /** One line for whoever started it: who it is, what it reads, and where that goes. */
  readonly description: string;
  /** Ends everything within 5 s. */
  stop(): Promise<void>;
}

/** Throws, with one line that says what stands in the way, where it cannot start. */
export async function startComponent(options: ComponentOptions): Promise<Component> {
  const { configFile, directory, log } = options;
  const city = validateCityConfig(cityConfig);
  if (configFile === undefined && !hasNucleus(options.environment)) {
    throw new Error('no configuration: give --config FILE, or run it as a component of Greengrass');
  }
  const file = configFile === undefined ? undefined : createFileSource(configFile);
  // A nucleus brings the configuration with the connection; a file's configuration may name the gateway that connects.
  const early = file ? undefined : await openConnections(options, undefined);
  const source = file ?? early?.configuration;
  if (!source) throw new Error('no configuration: with --url, give --config FILE as well');
  const keeper = await openConfigKeeper({
    source,
    file: path.join(directory, 'config.json'),
    assetTypes: city.assetTypes,
    report: (findings, isUsed) => {
      for (const finding of findings) log(describeFinding(finding));
      if (!isUsed) log('the configuration is refused; the last good one holds, if there is one');
    },
  });
  const config = keeper.current();
  if (!Object.hasOwn(city.zones, config.identity.zone)) {
    throw new Error(`zone: got "${config.identity.zone}", expected one of ${Object.keys(city.zones).join(', ')}`);
  }
  const thing = thingOf(options, config);
  const connections = early ?? (await openConnections(options, thing));
  const signer = await signerFor(config, log);
  const cabinet = options.isSimulated ? await simulate(connections.localBus, log) : undefined;
  const gateway = await startGateway({
    thing,
    city,
    config: cabinet ? await cabinet.place(config) : config,
    directory,
    transport: connections.transport,
    bus: connections.localBus,
    codecs: gatewayCodecs(),
    ...(signer && { signer }),
    log,
  });
  const change = async (next: GatewayConfig): Promise<void> => {
    try {
      await gateway.configure(cabinet ? await cabinet.place(next) : next);
      log('the configuration has changed');
    } catch (error) {
      log(`the configuration was not taken: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  keeper.onChange((next) => void change(next));
  await connections.supervisor.report('running').catch((error: unknown) => log(String(error)));

  return {
    description: `${thing} over ${connections.description}; ${sensors(config)}; ${gateway.description}`,
    async stop() {
      file?.close();
      await keeper.close();
      await gateway.stop();
      await cabinet?.stop();
      await connections.close();
    },
  };
}

/** Loaded only where it is asked for: it brings a broker, which no cabinet needs. */
async function simulate(bus: LocalBus, log: (line: string) => void): Promise<SimulatedCabinet> {
  const { createSimulatedCabinet } = await import('./simulated-cabinet.ts');
  return createSimulatedCabinet(bus, log);
}

function sensors({ sensors, listeners }: GatewayConfig): string {
  const names = [...sensors.map(({ id }) => id), ...Object.keys(listeners)];
  return names.length === 0 ? 'no sensors' : `reads ${names.join(', ')}`;
}

function thingOf({ thing, environment }: ComponentOptions, { identity }: GatewayConfig): string {
  return thing ?? environment['CITYWEAVE_THING_NAME'] ?? environment['AWS_IOT_THING_NAME'] ?? identity.assetId;
}

function hasNucleus(environment: NodeJS.ProcessEnv): boolean {
  return environment['AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT'] !== undefined;
}

async function openConnections(
  { thing, url, environment, log }: ComponentOptions,
  named: string | undefined,
): Promise<Connections> {
  const brokerUrl = url ?? environment['CITYWEAVE_MQTT_URL'] ?? (hasNucleus(environment) ? undefined : LOCAL_CLOUD_URL);
  const settings = readTransportSettings({
    ...environment,
    ...((thing ?? named) !== undefined && { CITYWEAVE_THING_NAME: thing ?? named }),
    ...(brokerUrl !== undefined && { CITYWEAVE_MQTT_URL: brokerUrl }),
  });
  if ('refused' in settings) throw new Error(settings.refused);
  return connect(settings, log);
}

/** Readings go out unsigned where there is no signer: the junction works on, and the cloud says what is missing. */
async function signerFor({ attestation }: GatewayConfig, log: (line: string) => void): Promise<Signer | undefined> {
  if (!attestation) return undefined;
  try {
    return await openSigner(attestation, log);
  } catch (error) {
    const [why] = (error instanceof Error ? error.message : String(error)).split('\n');
    log(`warning: ${why}; readings with a position go unsigned`);
    return undefined;
  }
}
