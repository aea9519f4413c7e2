import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import type { LambdaClientConfig } from '@aws-sdk/client-lambda';
import { readAssembly } from '../../../local/cloudformation/assembly.ts';
import { provision } from '../../../local/cloudformation/provision.ts';
import { portsOf } from '../../../local/options.ts';
import { openDataDirectory } from '../../../local/startup/data-directory.ts';
import { startServices } from '../../../local/startup/services.ts';
import { createShutdown } from '../../../local/startup/shutdown.ts';
import { contractTemplate, SOURCES } from './template.ts';

/** A running implementation of Lambda, with the functions of the template. */
interface RunningTarget {
  readonly client: Pick<LambdaClientConfig, 'endpoint' | 'region' | 'credentials'>;
  /** Of the stream and the bucket. */
  readonly name: string;
  /** Of the template, by name. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

export interface Target {
  readonly name: string;
  start(): Promise<RunningTarget>;
}

const STACK = 'Contract';
const CREATE_SECONDS_MAX = 600;

export const localCloud: Target = {
  name: 'the local cloud',
  async start() {
    const name = 'contract';
    const directory = await mkdtemp(path.join(tmpdir(), 'cityweave-lambda-contract-'));
    const assemblyDirectory = path.join(directory, 'assembly');
    for (const [asset, source] of Object.entries(SOURCES)) {
      await mkdir(path.join(assemblyDirectory, asset), { recursive: true });
      await writeFile(path.join(assemblyDirectory, asset, 'index.js'), source);
    }
    const artifacts = { [STACK]: { type: 'aws:cloudformation:stack', properties: { templateFile: 'template.json' } } };
    await writeFile(path.join(assemblyDirectory, 'manifest.json'), JSON.stringify({ artifacts }));
    await writeFile(path.join(assemblyDirectory, 'template.json'), JSON.stringify(contractTemplate(name)));

    // The services alone: a whole local cloud wants an API with a token besides.
    const shutdown = createShutdown(() => {});
    const data = openDataDirectory(path.join(directory, 'data'), { fresh: false });
    shutdown.add('the data directory', data.close);
    const { gateway, lambda, providers } = await startServices({
      data,
      ports: portsOf(0),
      shutdown,
      log: () => {},
    });
    const { outputs } = await provision({
      assembly: readAssembly(assemblyDirectory),
      providers,
      customResources: {},
      invoke: (functionArn, event) => lambda.invoke(functionArn, event),
    });
    await lambda.startPolling();
    return {
      client: {
        endpoint: gateway.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      },
      name,
      outputs: outputs[STACK] ?? {},
      async stop() {
        await shutdown.run();
        await rm(directory, { recursive: true, force: true });
      },
    };
  },
};

/**
 * AWS, with the credentials and the region of the environment: a stack of the template, deleted afterwards. The bucket
 * stays behind, because CloudFormation deletes none that holds objects. Never run so far.
 */
export const aws: Target = {
  name: 'AWS',
  async start() {
    const name = `cityweave-contract-${randomBytes(4).toString('hex')}`;
    const client = new CloudFormationClient({});
    await client.send(
      new CreateStackCommand({
        StackName: name,
        TemplateBody: JSON.stringify(contractTemplate(name)),
        Capabilities: ['CAPABILITY_IAM'],
      }),
    );
    await waitUntilStackCreateComplete({ client, maxWaitTime: CREATE_SECONDS_MAX }, { StackName: name });
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const outputs = (stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]);
    return {
      client: {},
      name,
      outputs: Object.fromEntries(outputs) as Record<string, string>,
      async stop() {
        await client.send(new DeleteStackCommand({ StackName: name }));
        client.destroy();
      },
    };
  },
};
