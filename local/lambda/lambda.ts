import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { CreatedResource, ResourceProvider, TemplateResource } from '../cloudformation/resource-provider.ts';
import type { AwsService } from '../gateway/aws-service.ts';
import { ASYNC_RETRY_DELAYS_MS, createAsyncInvoker } from './async-invoker.ts';
import { openAsyncQueue } from './async-queue.ts';
import { type AsyncSettings, DEFAULT_ASYNC_SETTINGS, readAsyncSettings } from './async-settings.ts';
import { createEventSourceMapping, type EventSourceMapping, readMapping } from './event-source-mapping.ts';
import type { PutObject } from './failure-destination.ts';
import { type FunctionDefinition, readFunction } from './function-definition.ts';
import { type FunctionLog, openFunctionLog } from './function-log.ts';
import { createFunctionPool, type FunctionPool } from './function-pool.ts';
import { createFunctionService } from './function-service.ts';
import { type InvokeResult, type QueueResult, refuse, REQUEST_BYTES_MAX } from './invocation.ts';
import { grants, type Permission, readPermission } from './permission.ts';
import type { StreamReader } from './stream-reader.ts';

export interface LambdaOptions {
  /** Logs go to `logs/` in it; checkpoints and the queue of asynchronous invocations to `lambda/`. */
  readonly dataDirectory: string;
  /**
   * `AWS_ENDPOINT_URL` and its service-specific variants. Read whenever a thread starts, so the addresses need not be
   * known before the first invocation.
   */
  readonly environment: Readonly<Record<string, string>>;
  readonly streams: StreamReader;
  /** Takes the records of what is given up. */
  readonly putObject: PutObject;
  readonly log: (line: string) => void;
  /** Is given each line that a function prints, without its end. */
  readonly onLog?: (functionName: string, line: string) => void;
  /** The pause before each retry of an asynchronous invocation, in milliseconds; AWS's own by default. */
  readonly asyncRetryDelaysMs?: readonly number[];
}

export interface Lambda {
  /** Calls a function by name or ARN and waits for its answer. Never rejects. `event` is what JSON can hold. */
  invoke(functionNameOrArn: string, event: unknown): Promise<InvokeResult>;
  /**
   * Has a function called at least once, by name or ARN, with retries and a destination for failures as its
   * `AWS::Lambda::EventInvokeConfig` says. Resolves once the event survives the death of this process; rejects when the
   * disk refuses.
   */
  invokeAsync(functionNameOrArn: string, event: unknown): Promise<QueueResult>;
  /**
   * Whether an `AWS::Lambda::Permission` that was created lets a service, such as `s3.amazonaws.com`, invoke the
   * function for the resource with that ARN. A caller with an execution role of its own, such as EventBridge Scheduler,
   * needs none.
   */
  mayInvoke(functionNameOrArn: string, principal: string, sourceArn: string): boolean;
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
  readonly permissions: Permission[];
  asyncSettings: AsyncSettings;
}

/** Runs the template's functions from their deployed bundles, each in worker threads of its own. */
export function createLambda(options: LambdaOptions): Lambda {
  const { dataDirectory, environment, streams, putObject, log, onLog } = options;
  const directory = path.join(dataDirectory, 'lambda');
  const functions = new Map<string, DeployedFunction>();
  const mappings: EventSourceMapping[] = [];
  const asyncQueue = openAsyncQueue(path.join(directory, 'asynchronous.ndjson'));
  const asyncInvoker = createAsyncInvoker({
    queue: asyncQueue,
    find: (name) => functions.get(name),
    invoke: ({ definition }, event, requestId) => invokeJson(definition.name, event, requestId),
    putObject,
    retryDelaysMs: options.asyncRetryDelaysMs ?? ASYNC_RETRY_DELAYS_MS,
    log,
  });

  function find(nameOrArn: string): DeployedFunction | undefined {
    return functions.get(functionNameOf(nameOrArn) ?? '');
  }

  async function invokeJson(nameOrArn: string, event: string, requestId: string = randomUUID()): Promise<InvokeResult> {
    const deployed = find(nameOrArn);
    if (deployed === undefined) {
      return refuse('ResourceNotFoundException', `Function not found: ${nameOrArn}`);
    }
    if (Buffer.byteLength(event) > REQUEST_BYTES_MAX) {
      const limit = `Request must be smaller than ${REQUEST_BYTES_MAX} bytes for the InvokeFunction operation`;
      return refuse('RequestTooLargeException', limit);
    }
    const outcome = await deployed.pool.invoke(event, requestId);
    if (outcome === 'throttled') {
      return refuse('TooManyRequestsException', `Rate Exceeded: ${deployed.definition.name} has no room left`);
    }
    return outcome.kind === 'returned'
      ? outcome
      : { kind: 'failed', requestId: outcome.requestId, functionError: 'Unhandled', payload: outcome.error };
  }

  async function enqueueJson(nameOrArn: string, event: string): Promise<QueueResult> {
    const deployed = find(nameOrArn);
    return deployed === undefined
      ? refuse('ResourceNotFoundException', `Function not found: ${nameOrArn}`)
      : asyncInvoker.enqueue(deployed.definition.name, event);
  }

  /** The function that another resource names. */
  function functionOf({ logicalId, properties }: TemplateResource): DeployedFunction {
    const deployed = find(String(properties.FunctionName));
    if (deployed === undefined) {
      throw new Error(`${logicalId}: FunctionName ${String(properties.FunctionName)} is no function here`);
    }
    return deployed;
  }

  function createFunction(resource: TemplateResource): CreatedResource {
    const definition = readFunction(resource);
    const { name, arn } = definition;
    const logFile = path.join(dataDirectory, 'logs', `${name}.log`);
    const functionLog = openFunctionLog(logFile, {
      onError: (error) => log(`${logFile} cannot be written: ${error.message}`),
      ...(onLog && { onLine: (line) => onLog(name, line) }),
    });
    const pool = createFunctionPool(definition, environment, functionLog);
    functions.set(name, {
      definition,
      pool,
      log: functionLog,
      permissions: [],
      asyncSettings: DEFAULT_ASYNC_SETTINGS,
    });
    return { ref: name, attributes: { Arn: arn } };
  }

  function createMapping(resource: TemplateResource): CreatedResource {
    const { id, settings, created } = readMapping(resource);
    const { definition } = functionOf(resource);
    const target = { definition, invoke: (event: string) => invokeJson(definition.name, event) };
    mappings.push(createEventSourceMapping({ id, settings, target, streams, putObject, directory, log }));
    return created;
  }

  function createEventInvokeConfig(resource: TemplateResource): CreatedResource {
    functionOf(resource).asyncSettings = readAsyncSettings(resource);
    return { ref: resource.logicalId, attributes: {} };
  }

  function createPermission(resource: TemplateResource): CreatedResource {
    const permission = readPermission(resource);
    functionOf(resource).permissions.push(...(permission === undefined ? [] : [permission]));
    return { ref: resource.logicalId, attributes: { Id: resource.logicalId } };
  }

  const provider = (type: string, create: (resource: TemplateResource) => CreatedResource): ResourceProvider => ({
    type: `AWS::Lambda::${type}`,
    create: async (resource) => create(resource),
  });

  async function stopPolling(): Promise<void> {
    await Promise.all(mappings.map((mapping) => mapping.stop()));
  }

  return {
    invoke: (nameOrArn, event) => invokeJson(nameOrArn, toJson(event)),
    invokeAsync: (nameOrArn, event) => enqueueJson(nameOrArn, toJson(event)),
    mayInvoke: (nameOrArn, principal, sourceArn) =>
      find(nameOrArn)?.permissions.some((permission) => grants(permission, principal, sourceArn)) ?? false,
    service: createFunctionService({ invoke: invokeJson, enqueue: enqueueJson }),
    providers: [
      provider('Function', createFunction),
      provider('EventSourceMapping', createMapping),
      provider('EventInvokeConfig', createEventInvokeConfig),
      provider('Permission', createPermission),
    ],
    async startPolling() {
      asyncInvoker.resume();
      for (const mapping of mappings.filter(({ settings }) => settings.enabled)) {
        const laneCount = await mapping.start();
        // None must wait for the thread of another.
        find(mapping.settings.functionName)?.pool.allow(laneCount);
      }
    },
    stopPolling,
    async close() {
      await Promise.all([stopPolling(), asyncInvoker.stop()]);
      await Promise.all([...functions.values()].map(({ pool }) => pool.close()));
      await asyncQueue.close();
      await Promise.all([...functions.values()].map((deployed) => deployed.log.close()));
    },
  };
}

function toJson(event: unknown): string {
  return JSON.stringify(event) ?? 'null';
}

/**
 * The name in a name, a partial ARN or an ARN; undefined for other versions than `$LATEST`.
 * docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters
 */
function functionNameOf(nameOrArn: string): string | undefined {
  const pattern = /^(?:arn:[^:]+:lambda:[^:]+:)?(?:\d{12}:)?(?:function:)?([\w-]{1,64})(?::\$LATEST)?$/;
  return pattern.exec(nameOrArn)?.[1];
}
