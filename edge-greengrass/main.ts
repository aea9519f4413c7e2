import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { startComponent } from './component.ts';

interface Options {
  readonly config?: string;
  readonly data: string;
  readonly thing?: string;
  readonly url?: string;
  readonly sim?: boolean;
}

const program = new Command('edge')
  .description('the gateway of a junction: reads its sensors, decides on the spot, and tells the cloud what changed')
  .version(packageJson.version)
  .configureOutput({ outputError: (text, write) => write(`${text.trim().replaceAll('\n', ' ')}\n`) })
  .option('--config <file>', 'a YAML file; without one, deployments of Greengrass bring the configuration')
  .option('--data <dir>', 'for what it keeps through outages and restarts', '.cityweave/edge')
  .option('--thing <name>', 'what it is called; without it, as Greengrass says, or like its asset')
  .option('--url <url>', 'of a broker, mqtt:// on this machine or mqtts://; without it, Greengrass or the local cloud')
  .option('--sim', 'simulate the sensors that the configuration names, and read these')
  .action(run);

const print = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  await program.parseAsync();
} catch (error) {
  fail(error);
}

async function run({ config, data, sim = false, ...others }: Options): Promise<void> {
  const component = await startComponent({
    directory: data,
    ...(config !== undefined && { configFile: config }),
    ...others,
    isSimulated: sim,
    environment: process.env,
    log: print,
  });
  process.on('uncaughtException', fail);
  // Listens before it says that it runs: whoever waits for that may end it at once.
  const end = ended();
  print(`ready: ${component.description}`);
  await end;
  print('stopping');
  // Whoever asks twice does not want to wait.
  process.once('SIGINT', () => process.exit(1));
  await component.stop();
  process.exit(0);
}

/** Resolves when somebody ends it, or when the process that started it is gone. */
function ended(): Promise<unknown> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
    process.once('disconnect', resolve);
  });
}

/** One line for whoever runs it; where it comes from is for whoever mends it. */
function fail(error: unknown): never {
  console.error(`edge: ${error instanceof Error ? error.message : String(error)}`);
  if (process.env['CITYWEAVE_DEBUG']) console.error(error);
  process.exit(1);
}
