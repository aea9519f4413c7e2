import { Command, InvalidArgumentError, Option } from 'commander';
import { PORT_BASE_MAX, STAGES, type Stage } from '../../local/options.ts';

interface StartOptions {
  readonly portBase?: number;
  readonly data: string;
  readonly fresh?: boolean;
  readonly city: boolean;
  readonly stage: Stage;
  readonly assembly?: string;
}

export function startCommand(): Command {
  return new Command('start')
    .description('run the synthesized template on this machine: MQTT, AWS APIs and the HTTP API, on loopback only')
    .option(
      '--port-base <N>',
      'MQTT on N, with certificates on N+1, over WebSocket on N+2, AWS APIs on N+3, HTTP API on N+4; 0: any free ports',
      portBase,
    )
    .option('--data <dir>', 'where state lives', '.cityweave')
    .option('--fresh', 'empty the data directory first')
    .option('--no-city', 'leave the simulated city out')
    .addOption(new Option('--stage <stage>', 'of the configuration').choices(STAGES).default('dev'))
    .option('--assembly <dir>', 'run what `cdk synth` wrote there, instead of synthesizing')
    .action(start);
}

async function start({ data, assembly, ...options }: StartOptions): Promise<void> {
  // Lambda runs in UTC, and functions are threads here, which have the time zone of their process.
  process.env.TZ = 'UTC';
  // Loaded only here: no other command needs the services of the local cloud.
  const { startLocalCloud } = await import('../../local/start.ts');
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const cloud = await startLocalCloud({
    dataDirectory: data,
    ...options,
    ...(assembly !== undefined && { assemblyDirectory: assembly }),
    log: print,
  });
  const { mqtt, mqtts, ws, aws, http } = cloud.addresses;
  print(`token (also in ${cloud.dataDirectory}/token): ${cloud.token}`);
  print(`ready: MQTT ${mqtt}, with certificates ${mqtts}, over WebSocket ${ws}, AWS APIs ${aws}, HTTP API ${http}`);

  await interrupted();
  print('stopping');
  // Whoever asks twice does not want to wait.
  process.once('SIGINT', () => process.exit(1));
  await cloud.stop();
  process.exit(0);
}

function interrupted(): Promise<unknown> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, resolve);
    }
  });
}

function portBase(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > PORT_BASE_MAX) {
    throw new InvalidArgumentError(`Expected a whole number from 0 to ${PORT_BASE_MAX}.`);
  }
  return port;
}
