import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { eventstream_rpc, greengrasscoreipc } from 'aws-iot-device-sdk-v2';
import { createBackoff } from '../../adapters/backoff.ts';
import { TransportError } from '../transport-error.ts';
import { messageOf } from './ipc-fault.ts';
import { createKeptStream, type KeptStream, type Stream } from './kept-stream.ts';
import { withTimeout } from './with-timeout.ts';

const RETRY_FIRST_MS = 200;
const RETRY_MAX_MS = 10_000;

/** The nucleus refuses the token so many times in a row, within half a minute: it knows this process no more. */
const REFUSALS_MAX = 10;

/** No answer for so long: the nucleus has lost the call. */
const CALL_TIMEOUT_MS = 10_000;

export interface SessionOptions {
  /** Of the nucleus's unix socket: `AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT`. */
  readonly socketPath: string;
  /** By which the nucleus knows the component: `SVCUID`. */
  readonly authToken: string;
  readonly log: (line: string) => void;
  /** From 0 to 1. */
  readonly random?: () => number;
  readonly callTimeoutMs?: number;
  readonly refusalsMax?: number;
}

type Client = greengrasscoreipc.Client;

/** A connection to the nucleus that comes back by itself when the nucleus does. */
export interface Session {
  isConnected(): boolean;
  /** Told at each connect and disconnect. */
  onConnection(listener: (isConnected: boolean) => void): void;
  /** Rejects at once where the nucleus is not there, and after a time without an answer. */
  call<Response>(operation: (client: Client) => Promise<Response>): Promise<Response>;
  /**
   * Keeps a stream open from now on, over every reconnect. Resolves when it is, or where the nucleus is away or cannot do
   * it now; it is then opened later. Rejects, and keeps nothing, where the nucleus does not allow it.
   */
  keep(what: string, open: (client: Client) => Stream): Promise<void>;
  close(): Promise<void>;
}

/**
 * Connects in the background; resolves after the first try, whatever came of it. A nucleus that comes back without
 * knowing the token gives a new one only to a new process, so this one then ends by an uncaught error.
 */
export async function createSession(options: SessionOptions): Promise<Session> {
  const { log, random = Math.random, callTimeoutMs = CALL_TIMEOUT_MS } = options;
  const listeners: ((isConnected: boolean) => void)[] = [];
  const kept = new Set<KeptStream>();
  const closing = new AbortController();
  const firstTry = Promise.withResolvers<void>();
  let current: Client | undefined;

  const turn = (client: Client | undefined): void => {
    current = client;
    for (const listener of listeners) listener(client !== undefined);
    firstTry.resolve();
  };
  const ended = stayConnected(options, closing.signal, {
    arrived(client) {
      for (const stream of kept) void stream.start(client);
      turn(client);
    },
    left: () => turn(undefined),
  });
  await firstTry.promise;

  return {
    isConnected: () => current !== undefined,
    onConnection(listener) {
      listeners.push(listener);
    },
    async call(operation) {
      if (current === undefined) throw new TransportError('line-down', 'the Greengrass nucleus is not there');
      return withTimeout(operation(current), callTimeoutMs);
    },
    async keep(what, open) {
      const isCurrent = (client: Client): boolean => client === current;
      const stream = createKeptStream({ what, open, isCurrent, log, random, callTimeoutMs });
      kept.add(stream);
      if (current === undefined) stream.later();
      else void stream.start(current);
      await stream.begun.catch((error: unknown) => {
        kept.delete(stream);
        throw error;
      });
    },
    async close() {
      closing.abort();
      await current?.close();
      await ended;
    },
  };
}

interface Turns {
  readonly arrived: (client: Client) => void;
  /** Told after a try that failed, too. */
  readonly left: () => void;
}

async function stayConnected(options: SessionOptions, closing: AbortSignal, { arrived, left }: Turns): Promise<void> {
  const { log, socketPath, random = Math.random } = options;
  const { callTimeoutMs = CALL_TIMEOUT_MS, refusalsMax = REFUSALS_MAX } = options;
  const backoff = createBackoff(RETRY_FIRST_MS, RETRY_MAX_MS, random);
  const closed = once(closing, 'abort');
  let failures = 0;
  let refusals = 0;
  while (!closing.aborted) {
    const client = greengrasscoreipc.createClient(clientConfig(options));
    const disconnected = once(client, 'disconnection');
    try {
      await Promise.race([withTimeout(client.connect(), callTimeoutMs), closed]);
      backoff.reset();
      failures = 0;
      refusals = 0;
      if (!closing.aborted) {
        arrived(client);
        await disconnected;
        if (!closing.aborted) log('the Greengrass nucleus has closed the connection');
      }
    } catch (error) {
      if (failures === 0) log(`the Greengrass nucleus does not answer at ${socketPath}: ${messageOf(error)}`);
      failures += 1;
      refusals = isRefusal(error) ? refusals + 1 : 0;
      if (refusals >= refusalsMax) {
        throw new Error('the Greengrass nucleus does not know this process; it must start the component anew', {
          cause: error,
        });
      }
    }
    await client.close();
    left();
    await delay(backoff.nextMs(), undefined, { signal: closing, ref: false }).catch(() => {});
  }
}

/** It took the connection and closed it on the handshake. */
function isRefusal(error: unknown): boolean {
  const { HandshakeError, NetworkError } = eventstream_rpc.RpcErrorType;
  return error instanceof eventstream_rpc.RpcError && [HandshakeError, NetworkError].includes(error.type);
}

function clientConfig({ socketPath, authToken }: SessionOptions): eventstream_rpc.RpcClientConfig {
  return {
    ...greengrasscoreipc.createDefaultClientConfig(),
    hostName: socketPath,
    connectTransform: async ({ message }) => ({ ...message, payload: JSON.stringify({ authToken }) }),
  };
}
