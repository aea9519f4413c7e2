import { setTimeout as delay } from 'node:timers/promises';
import type { eventstream_rpc, greengrasscoreipc } from 'aws-iot-device-sdk-v2';
import { createBackoff } from '../../adapters/backoff.ts';
import { TransportError } from '../transport-error.ts';
import { ipcFaultOf, messageOf } from './ipc-fault.ts';
import { withTimeout } from './with-timeout.ts';

const RETRY_FIRST_MS = 200;
const RETRY_MAX_MS = 10_000;

/** A stream of the nucleus's events, of which the SDK has a type for each kind. */
export interface Stream {
  activate(): Promise<unknown>;
  on(event: 'ended', listener: () => void): unknown;
  on(event: 'streamError', listener: (error: eventstream_rpc.RpcError) => void): unknown;
}

interface KeptStreamOptions {
  /** Such as `subscribing to a/b`, for the log. */
  readonly what: string;
  readonly open: (client: greengrasscoreipc.Client) => Stream;
  readonly isCurrent: (client: greengrasscoreipc.Client) => boolean;
  readonly log: (line: string) => void;
  readonly random: () => number;
  readonly callTimeoutMs: number;
}

/** A stream that is opened again whenever it ends, as long as the client is the current one. */
export interface KeptStream {
  /** With a client that has just connected. */
  start(client: greengrasscoreipc.Client): Promise<void>;
  /** Resolves at the first answer, or when it is clear that it comes later; rejects where the nucleus does not allow it. */
  readonly begun: Promise<void>;
  /** Where there is no client yet. */
  later(): void;
}

export function createKeptStream(options: KeptStreamOptions): KeptStream {
  const { what, open, isCurrent, log, random, callTimeoutMs } = options;
  const { promise: begun, resolve, reject } = Promise.withResolvers<void>();
  const backoff = createBackoff(RETRY_FIRST_MS, RETRY_MAX_MS, random);

  const start = async (client: greengrasscoreipc.Client): Promise<void> => {
    let isOver = false;
    const again = async (): Promise<void> => {
      if (isOver) return;
      isOver = true;
      resolve();
      await delay(backoff.nextMs(), undefined, { ref: false });
      if (isCurrent(client)) await start(client);
    };
    try {
      const stream = open(client);
      stream.on('ended', () => void again());
      stream.on('streamError', (error) => log(`${what}: an event could not be read: ${messageOf(error)}`));
      await withTimeout(stream.activate(), callTimeoutMs);
      backoff.reset();
      resolve();
    } catch (error) {
      if (ipcFaultOf(error) === 'not-authorized') {
        isOver = true;
        reject(new TransportError('not-authorized', `${what}: ${messageOf(error)}`, { cause: error }));
      } else {
        if (isCurrent(client)) log(`${what}: it is tried again: ${messageOf(error)}`);
        await again();
      }
    }
  };
  return { start, begun, later: resolve };
}
