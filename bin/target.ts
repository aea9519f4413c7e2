import type { Command } from 'commander';

/** Where a command finds the running city: the local cloud by default, anything else by its addresses. */
export interface Target {
  readonly mqttUrl: string;
  readonly awsEndpoint: string | undefined;
  readonly apiUrl: string;
  readonly dataDirectory: string;
  readonly token: string | undefined;
}

export interface TargetOptions {
  readonly portBase?: number;
  readonly mqttUrl?: string;
  readonly awsEndpoint?: string;
  readonly apiUrl?: string;
  readonly data: string;
  readonly token?: string;
}

/** The ports of `npm start`, and what `--port-base N` adds to N. */
const PORTS = {
  mqtt: { fixed: 1883, offset: 0 },
  aws: { fixed: 4566, offset: 3 },
  http: { fixed: 8080, offset: 4 },
} as const;

export function addTargetOptions(command: Command): Command {
  return command
    .option('--port-base <N>', 'the --port-base that the local cloud was started with', portBase)
    .option('--data <dir>', 'the data directory of the local cloud, for its token', '.cityweave')
    .option('--api-url <url>', 'HTTP API of another target, such as a deployed stage')
    .option('--aws-endpoint <url>', 'AWS endpoint of another target; "aws" for the SDK\'s own')
    .option('--mqtt-url <url>', 'MQTT broker of another target')
    .option('--token <jwt>', 'bearer token; default: the one in the data directory');
}

export function targetOf(options: TargetOptions): Target {
  const local = (name: keyof typeof PORTS): string => {
    const { fixed, offset } = PORTS[name];
    return `127.0.0.1:${options.portBase === undefined ? fixed : options.portBase + offset}`;
  };
  return {
    mqttUrl: options.mqttUrl ?? `mqtt://${local('mqtt')}`,
    awsEndpoint: options.awsEndpoint === 'aws' ? undefined : (options.awsEndpoint ?? `http://${local('aws')}`),
    apiUrl: options.apiUrl ?? `http://${local('http')}`,
    dataDirectory: options.data,
    token: options.token,
  };
}

function portBase(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_500) return port;
  throw new RangeError(`--port-base: got "${text}", expected a port from 1 to 65500`);
}
