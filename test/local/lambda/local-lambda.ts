import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CreatedResource } from '../../../local/cloudformation/resource-provider.ts';
import { createLambda, type Lambda, type LambdaOptions } from '../../../local/lambda/lambda.ts';
import type { StreamReader } from '../../../local/lambda/stream-reader.ts';

/** A local Lambda service in a directory of its own, with a short way to deploy source text as a bundle. */
export interface LocalLambda {
  readonly lambda: Lambda;
  readonly directory: string;
  /** What the local cloud would print. */
  readonly lines: readonly string[];
  /** What was put into buckets, by `bucket/key`. */
  readonly objects: ReadonlyMap<string, string>;
  /** Writes the files as an asset and creates a function of it, whose name is `name`. */
  deploy(name: string, files: Record<string, string>, properties?: Record<string, unknown>): Promise<CreatedResource>;
  map(properties: Record<string, unknown>): Promise<CreatedResource>;
  /** Creates another resource of Lambda. */
  create(type: string, properties: Record<string, unknown>): Promise<CreatedResource>;
  readLog(name: string): Promise<string>;
  close(): Promise<void>;
}

const NO_STREAMS: StreamReader = {
  shardIds: () => [],
  readAfter: () => [],
  onAppend: () => () => {},
};

export async function startLocalLambda({
  streams = NO_STREAMS,
  environment = { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' },
  directory,
  ...options
}: Partial<Pick<LambdaOptions, 'putObject' | 'onLog' | 'asyncRetryDelaysMs'>> & {
  streams?: StreamReader;
  environment?: Record<string, string>;
  /** An existing one is taken up, as a restart does, and is not removed. */
  directory?: string;
} = {}): Promise<LocalLambda> {
  const root = directory ?? (await mkdtemp(path.join(tmpdir(), 'cityweave-lambda-')));
  const assemblyDirectory = path.join(root, 'cdk.out');
  const lines: string[] = [];
  const objects = new Map<string, string>();
  const lambda = createLambda({
    dataDirectory: path.join(root, 'data'),
    environment,
    streams,
    putObject: async (bucket, key, body) => {
      objects.set(`${bucket}/${key}`, body);
    },
    ...options,
    log: (line) => lines.push(line),
  });

  function create(
    type: string,
    logicalId: string,
    properties: Record<string, unknown>,
    metadata: Record<string, unknown> = {},
  ): Promise<CreatedResource> {
    const provider = lambda.providers.find((candidate) => candidate.type === type);
    if (provider === undefined) {
      throw new Error(`no provider for ${type}`);
    }
    return provider.create({ stackName: 'Test', logicalId, type, properties, metadata, assemblyDirectory });
  }

  return {
    lambda,
    directory: root,
    lines,
    objects,
    async deploy(name, files, properties = {}) {
      const asset = `asset.${name}`;
      await mkdir(path.join(assemblyDirectory, asset), { recursive: true });
      for (const [file, text] of Object.entries(files)) {
        await writeFile(path.join(assemblyDirectory, asset, file), text);
      }
      const defaults = {
        FunctionName: name,
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        Role: 'arn:aws:iam::000000000000:role/test',
      };
      return create('AWS::Lambda::Function', name, { ...defaults, ...properties }, { 'aws:asset:path': asset });
    },
    create: (type, properties) => create(type, type.replaceAll('::', ''), properties),
    map: (properties) => create('AWS::Lambda::EventSourceMapping', 'Mapping', properties),
    readLog: (name) => readFile(path.join(root, 'data', 'logs', `${name}.log`), 'utf8'),
    async close() {
      await lambda.close();
      await (directory === undefined ? rm(root, { recursive: true, force: true }) : undefined);
    },
  };
}
