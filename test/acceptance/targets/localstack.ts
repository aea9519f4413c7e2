import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { outputOf, readOutputs } from './outputs.ts';
import { requestToken, type TargetChoice } from './target.ts';

/** IoT with its rules, Timestream and Cognito are in the tiers that need a token. */
const IMAGE = 'localstack/localstack-pro:latest';
const PORT = 4566;
const MQTT_PORT = 4510;
const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
/** Not among the dependencies: it brings 174 packages (48 MB), and few have what it needs besides. */
const PACKAGE = '@testcontainers/localstack';
const PACKAGE_VERSION = '12.1.0';

/** As much of testcontainers as is used here: it is loaded only where this target is asked for. */
interface Testcontainers {
  readonly LocalstackContainer: new (image: string) => Container;
}
interface Container {
  withEnvironment(variables: Readonly<Record<string, string>>): Container;
  withExposedPorts(...ports: readonly number[]): Container;
  start(): Promise<RunningContainer>;
}
interface RunningContainer {
  getHost(): string;
  getMappedPort(port: number): number;
  stop(): Promise<unknown>;
}

/** The stacks, deployed to LocalStack in a container. Never run so far: see docs/targets.md. */
export const localstack: TargetChoice = {
  name: 'localstack',
  absence: whatIsMissing(),

  async open() {
    const { LocalstackContainer } = (await import(PACKAGE)) as Testcontainers;
    const container = await new LocalstackContainer(IMAGE)
      .withEnvironment({ LOCALSTACK_AUTH_TOKEN: process.env.LOCALSTACK_AUTH_TOKEN ?? '' })
      .withExposedPorts(PORT, MQTT_PORT)
      .start();
    const host = container.getHost();
    const address = `${host}:${container.getMappedPort(PORT)}`;
    const directory = await mkdtemp(path.join(tmpdir(), 'cityweave-localstack-'));
    const outputsFile = path.join(directory, 'outputs.json');
    await deploy(`http://${address}`, outputsFile);

    const outputs = readOutputs(outputsFile);
    const apiId = new URL(outputOf(outputs, 'Cityweave-Api', 'ApiUrl')).hostname.split('.')[0];
    const credentials = {
      tokenUrl: `http://${address}/_aws/cognito-idp/oauth2/token`,
      clientId: outputOf(outputs, 'Cityweave-Api', 'UserPoolClientId'),
      clientSecret: process.env.CITYWEAVE_CLIENT_SECRET ?? '',
    };
    return {
      mqttUrl: `mqtt://${host}:${container.getMappedPort(MQTT_PORT)}`,
      awsEndpoint: `http://${address}`,
      apiUrl: `http://${address}/_aws/execute-api/${apiId}/$default`,
      token: await requestToken(credentials, ['read', 'operate']),
      tokenFor: (scopes) => requestToken(credentials, scopes),
      async close() {
        await container.stop();
        await rm(directory, { recursive: true, force: true });
      },
    };
  },
};

function whatIsMissing(): string | undefined {
  if (!process.env.LOCALSTACK_AUTH_TOKEN) return 'LOCALSTACK_AUTH_TOKEN is not set';
  try {
    execFileSync('docker', ['version'], { stdio: 'ignore' });
  } catch {
    return 'Docker does not answer';
  }
  if (existsSync(path.join(REPOSITORY, 'node_modules', PACKAGE))) return undefined;
  return `${PACKAGE} is not installed: npm install --no-save ${PACKAGE}@${PACKAGE_VERSION}`;
}

async function deploy(endpoint: string, outputsFile: string): Promise<void> {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
  };
  for (const words of [
    ['bootstrap'],
    // It has no Greengrass.
    ['deploy', '--all', '-c', 'edge=false', '--require-approval', 'never', '--outputs-file', outputsFile],
  ]) {
    const cdk = spawn('npx', ['cdk', ...words], { cwd: REPOSITORY, env, stdio: ['ignore', 'ignore', 'inherit'] });
    const [code] = (await once(cdk, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`cdk ${words[0]} against ${endpoint} ended with ${code}`);
  }
}
