import { rmSync } from 'node:fs';
import { readAssembly, type Assembly } from './cloudformation/assembly.ts';
import { notRunLine } from './cloudformation/not-run.ts';
import { provision, type CustomResourceStates, type Outputs } from './cloudformation/provision.ts';
import { portsOf, type LocalCloudOptions } from './options.ts';
import { all } from './startup/all.ts';
import { openDataDirectory, type DataDirectory } from './startup/data-directory.ts';
import { readKept, writeKept } from './startup/kept-json.ts';
import { assertPortsFree } from './startup/ports.ts';
import { startServices, type Services } from './startup/services.ts';
import { createShutdown, type Shutdown } from './startup/shutdown.ts';
import { startSimulatedCity } from './startup/simulated-city.ts';
import { startSimulatedGateway } from './startup/simulated-gateway.ts';
import { synthesize } from './startup/synthesis.ts';

export type { LocalCloudOptions } from './options.ts';

export interface LocalCloud {
  /** Also in `addresses.json` of the data directory, as long as it runs. */
  readonly addresses: Addresses;
  /** Of the stacks, in the format of `cdk deploy --outputs-file`; also in `outputs.json` of the data directory. */
  readonly outputs: Outputs;
  /** Absolute. */
  readonly dataDirectory: string;
  /** A bearer token with every scope, for development; also in the file `token` of the data directory. */
  readonly token: string;
  /** Ends everything within 5 s; what was acknowledged is on the disk. */
  stop(): Promise<void>;
}

interface Addresses {
  readonly mqtt: string;
  /** With client certificates. */
  readonly mqtts: string;
  /** MQTT over WebSocket. */
  readonly ws: string;
  readonly aws: string;
  readonly http: string;
}

/** Of the HTTP API: all that there are. */
const DEVELOPMENT_SCOPES = ['read', 'operate'];

/**
 * Runs the synthesized template on this machine. Resolves once readings that are published go through; rejects with
 * one line that says what stands in the way, with everything closed again.
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const log = options.log ?? (() => {});
  const shutdown = createShutdown(log);
  try {
    return await bringUp(options, shutdown, log);
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

async function bringUp(
  options: LocalCloudOptions,
  shutdown: Shutdown,
  log: (line: string) => void,
): Promise<LocalCloud> {
  const ports = portsOf(options.portBase);
  await assertPortsFree(ports);
  const data = openDataDirectory(options.dataDirectory, { fresh: options.fresh ?? false });
  shutdown.add('the data directory', data.close);

  // The app synthesizes in a process of its own, so the services start meanwhile.
  const [assembly, services] = await all([
    loadAssembly(options, data, log),
    startServices({ data, ports, shutdown, log }),
  ]);
  const outputs = await createResources(assembly, services, data, log);
  const token = await services.cognito.keepDevelopmentToken(DEVELOPMENT_SCOPES);
  const http = `http://127.0.0.1:${await services.httpApi.listen(ports.http)}`;
  services.s3.startDelivering((functionArn, event) => services.lambda.invokeAsync(functionArn, event));
  await services.lambda.startPolling();
  services.scheduler.start();
  // Last, because what a device is told to be received must already be on its way through the rules.
  const mqtts = `mqtts://127.0.0.1:${await services.iot.listenTls(ports.mqtts)}`;
  const ws = `ws://127.0.0.1:${await services.iot.listenWebSocket(ports.ws)}/mqtt`;
  const mqtt = `mqtt://127.0.0.1:${await services.iot.listen(ports.mqtt)}`;
  const addresses = { mqtt, mqtts, ws, aws: services.gateway.url, http };
  keepAddresses(addresses, data, shutdown);
  if (options.city ?? true) {
    shutdown.add('the simulated city', startSimulatedCity(mqtt, log));
    shutdown.add('the edge gateway', startSimulatedGateway(mqtt, data.file('edge'), log));
  }
  return {
    addresses,
    outputs,
    dataDirectory: data.path,
    token,
    stop: () => shutdown.run(),
  };
}

async function loadAssembly(
  { assemblyDirectory, stage = 'dev' }: LocalCloudOptions,
  data: DataDirectory,
  log: (line: string) => void,
): Promise<Assembly> {
  if (assemblyDirectory !== undefined) {
    return readAssembly(assemblyDirectory);
  }
  const startedMs = performance.now();
  const { directory, isNew } = await synthesize(data, stage);
  log(isNew ? `template synthesized in ${seconds(startedMs)}` : 'template unchanged since the last start');
  return readAssembly(directory);
}

async function createResources(
  assembly: Assembly,
  services: Services,
  data: DataDirectory,
  log: (line: string) => void,
): Promise<Outputs> {
  const startedMs = performance.now();
  const customResourcesFile = data.file('custom-resources.json');
  const earlier: CustomResourceStates = readKept(customResourcesFile) ?? {};
  const { outputs, customResources, created, unknown } = await provision({
    assembly,
    providers: services.providers,
    customResources: earlier,
    invoke: (functionArn, event) => services.lambda.invoke(functionArn, event),
  });
  writeKept(customResourcesFile, customResources);
  writeKept(data.file('outputs.json'), outputs);
  log(`${created} resources of ${assembly.stacks.length} stacks in ${seconds(startedMs)}`);
  if (unknown.length > 0) {
    log(notRunLine(unknown));
  }
  return outputs;
}

/** For the commands, which find this cloud by its data directory, whatever its ports; gone once it no longer answers. */
function keepAddresses(addresses: Addresses, data: DataDirectory, shutdown: Shutdown): void {
  const file = data.file('addresses.json');
  writeKept(file, addresses);
  shutdown.add('its addresses', () => rmSync(file, { force: true }));
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}
