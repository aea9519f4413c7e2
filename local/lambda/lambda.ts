import path from 'node:path';
import type { ResourceProvider } from '../cloudformation/resource-provider.ts';
import type { AwsService } from '../gateway/aws-service.ts';
import { createEventSourceMapping, type EventSourceMapping, readMapping } from './event-source-mapping.ts';
import { type FunctionDefinition, readFunction } from './function-definition.ts';
import { type FunctionLog, openFunctionLog } from './function-log.ts';
import { createFunctionPool, type FunctionPool } from './function-pool.ts';
import { createFunctionService } from './function-service.ts';
import { type InvokeResult, type RefusalReason, REQUEST_BYTES_MAX } from './invocation.ts';
import type { StreamReader } from './stream-reader.ts';

export interface LambdaOptions {
  /** Logs go to `logs/` in it, checkpoints to `lambda/`. */
  readonly dataDirectory: string;
  /**
   * `AWS_ENDPOINT_URL` and its service-specific variants. Read whenever a thread starts, so the addresses need not be
   * known before the first invocation.
   */
  readonly environment: Readonly<Record<string, string>>;
  readonly streams: StreamReader;
  readonly log: (line: string) => void;
}

export interface Lambda {
  /** Calls a function by name or ARN and waits for its answer. Never rejects. `event` is what JSON can hold. */
  invoke(functionNameOrArn: string, event: unknown): Promise<InvokeResult>;
  readonly service: AwsService;
  readonly providers: readonly ResourceProvider[];
  /** Starts the event-source mappings of the template. Throws when one names a stream that is not there. */
  startPolling(): Promise<void>;
  /** Ends them and writes their checkpoints. */
  stopPolling(): Promise<void>;
  close(): Promise<void>;
}

interface DeployedFunction {
  readonly definition: FunctionDefinition;
  readonly pool: FunctionPool;
  readonly log: FunctionLog;
}

/** Runs the template's functions from their deployed bundles, each in worker threads of its own. */
export function createLambda({ dataDirectory, environment, streams, log }: LambdaOptions): Lambda {
  const functions = new Map<string, DeployedFunction>();
  const mappings: EventSourceMapping[] = [];

  function find(nameOrArn: string): DeployedFunction | undefined {
    return functions.get(functionNameOf(nameOrArn) ?? '');
  }

  async function invokeJson(nameOrArn: string, event: string): Promise<InvokeResult> {
    const deployed = find(nameOrArn);
    if (deployed === undefined) {
      return refuse('ResourceNotFoundException', `Function not found: ${nameOrArn}`);
    }
    if (Buffer.byteLength(event) > REQUEST_BYTES_MAX) {
      const limit = `Request must be smaller than ${REQUEST_BYTES_MAX} bytes for the InvokeFunction operation`;
      return refuse('RequestTooLargeException', limit);
    }
    const outcome = await deployed.pool.invoke(event);
    if (outcome === 'throttled') {
      return refuse('TooManyRequestsException', `Rate Exceeded: ${deployed.definition.name} has no room left`);
    }
    return outcome.kind === 'returned'
      ? outcome
      : { kind: 'failed', requestId: outcome.requestId, functionError: 'Unhandled', payload: outcome.error };
  }

  const functionProvider: ResourceProvider = {
    type: 'AWS::Lambda::Function',
    async create(resource) {
      const definition = readFunction(resource);
      const logFile = path.join(dataDirectory, 'logs', `${definition.name}.log`);
      const functionLog = openFunctionLog(logFile, (error) => log(`${logFile} cannot be written: ${error.message}`));
      const pool = createFunctionPool(definition, environment, functionLog);
      functions.set(definition.name, { definition, pool, log: functionLog });
      return { ref: definition.name, attributes: { Arn: definition.arn } };
    },
  };

  const mappingProvider: ResourceProvider = {
    type: 'AWS::Lambda::EventSourceMapping',
    async create(resource) {
      const { id, settings, unhonoured, created } = readMapping(resource);
      const deployed = find(settings.functionName);
      if (deployed === undefined) {
        throw new Error(`mapping ${resource.logicalId}: FunctionName ${settings.functionName} is no function here`);
      }
      unhonoured.forEach((what) => log(`mapping ${resource.logicalId}: not honoured yet: ${what}`));
      const { name, roleArn } = deployed.definition;
      const target = { name, roleArn, invoke: (event: string) => invokeJson(name, event) };
      const directory = path.join(dataDirectory, 'lambda');
      mappings.push(createEventSourceMapping({ id, settings, target, streams, directory, log }));
      return created;
    },
  };

  async function stopPolling(): Promise<void> {
    await Promise.all(mappings.map((mapping) => mapping.stop()));
  }

  return {
    invoke: (nameOrArn, event) => invokeJson(nameOrArn, JSON.stringify(event) ?? 'null'),
    service: createFunctionService(invokeJson),
    providers: [functionProvider, mappingProvider],
    async startPolling() {
      for (const mapping of mappings.filter(({ settings }) => settings.enabled)) {
        const shardCount = await mapping.start();
        // A shard must not wait for the thread of another.
        find(mapping.settings.functionName)?.pool.allow(shardCount);
      }
    },
    stopPolling,
    async close() {
      await stopPolling();
      await Promise.all([...functions.values()].map(({ pool }) => pool.close()));
      await Promise.all([...functions.values()].map((deployed) => deployed.log.close()));
    },
  };
}

/**
 * The name in a name, a partial ARN or an ARN; undefined for other versions than `$LATEST`.
 * docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters
 */
function functionNameOf(nameOrArn: string): string | undefined {
  const pattern = /^(?:arn:[^:]+:lambda:[^:]+:)?(?:\d{12}:)?(?:function:)?([\w-]{1,64})(?::\$LATEST)?$/;
  return pattern.exec(nameOrArn)?.[1];
}

function refuse(reason: RefusalReason, message: string): InvokeResult {
  return { kind: 'refused', reason, message };
}
