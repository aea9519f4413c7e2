import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { CommandError } from './command-error.ts';

/** Where a command finds the running city: the local cloud by default, anything else by its addresses. */
export interface Target {
  readonly mqttUrl: string;
  /** MQTT with client certificates; the local cloud's only, since AWS tells its own by `DescribeEndpoint`. */
  readonly localMqttsUrl: string;
  /** MQTT over WebSocket with a bearer token. */
  readonly wsUrl: string;
  /** Undefined for AWS itself. */
  readonly awsEndpoint: string | undefined;
  readonly apiUrl: string;
  readonly dataDirectory: string;
  readonly token: string | undefined;
}

export interface TargetOptions {
  readonly mqttUrl?: string;
  readonly wsUrl?: string;
  readonly awsEndpoint?: string;
  readonly apiUrl?: string;
  readonly data: string;
  readonly token?: string;
}

/** What `npm start` writes into its data directory while it runs. */
interface Addresses {
  readonly mqtt: string;
  readonly mqtts: string;
  readonly ws: string;
  readonly aws: string;
  readonly http: string;
}

const ADDRESSES_FILE = 'addresses.json';

export function addTargetOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'the data directory of the local cloud, for its addresses and token', '.cityweave')
    .option('--api-url <url>', 'HTTP API of another target, such as a deployed stage')
    .option('--aws-endpoint <url>', 'AWS endpoint of another target; "aws" for the SDK\'s own')
    .option('--mqtt-url <url>', 'MQTT broker of another target')
    .option('--token <jwt>', 'bearer token; default: the one in the data directory');
}

/** The local cloud is looked for only when an address is asked for that no option gives. */
export function targetOf({ data, mqttUrl, wsUrl, awsEndpoint, apiUrl, token }: TargetOptions): Target {
  return {
    get mqttUrl() {
      return mqttUrl ?? addressIn(data, 'mqtt');
    },
    get localMqttsUrl() {
      return addressIn(data, 'mqtts');
    },
    get wsUrl() {
      return wsUrl ?? addressIn(data, 'ws');
    },
    get awsEndpoint() {
      return awsEndpoint === 'aws' ? undefined : (awsEndpoint ?? addressIn(data, 'aws'));
    },
    get apiUrl() {
      return apiUrl ?? addressIn(data, 'http');
    },
    dataDirectory: data,
    token,
  };
}

function addressIn(dataDirectory: string, name: keyof Addresses): string {
  const file = join(dataDirectory, ADDRESSES_FILE);
  try {
    const { [name]: address }: Partial<Addresses> = JSON.parse(readFileSync(file, 'utf8'));
    if (address !== undefined) return address;
  } catch (cause) {
    throw new CommandError(
      `no local cloud runs on ${dataDirectory}: start one with npm start, or name its directory with --data`,
      { cause },
    );
  }
  throw new CommandError(
    `${file} has no address for "${name}": stop the local cloud and start it again with npm start`,
  );
}
