import { greengrasscoreipc } from 'aws-iot-device-sdk-v2';
import { createBackoff } from '../../adapters/backoff.ts';
import type { Transport } from '../../ports.ts';
import { createGate } from '../gate.ts';
import { createLine } from '../line.ts';
import { ipcFaultOf, transportErrorOf } from './ipc-fault.ts';
import type { NucleusLimits } from './limits.ts';
import { bytesOf } from './payload.ts';
import type { Session } from './session.ts';

const PROBE_FIRST_MS = 1000;
const PROBE_MAX_MS = 30_000;

interface GreengrassTransportOptions {
  readonly session: Session;
  readonly limits: NucleusLimits;
  /** From 0 to 1. */
  readonly random?: () => number;
  /** The first wait before a line that failed is tried again. */
  readonly probeFirstMs?: number;
}

/**
 * The line through the nucleus's connection to AWS IoT Core. The SDK knows no event that tells of that connection, so
 * publishes decide: a failed one takes the line down, and after a wait that grows from 1 s to 30 s the line counts as up
 * again, for one payload at first, whose fate decides once more. The line is also down without the nucleus.
 */
export function createGreengrassTransport(options: GreengrassTransportOptions): Transport {
  const { session, limits, random = Math.random, probeFirstMs = PROBE_FIRST_MS } = options;
  const line = createLine();
  const backoff = createBackoff(probeFirstMs, PROBE_MAX_MS, random);
  let isProven = false;
  let probe: NodeJS.Timeout | undefined;

  const gate = createGate({
    line,
    payloadBytesMax: limits.payloadBytesMax,
    inFlightMax: () => (isProven ? limits.inFlightMax : 1),
  });

  const connectionChanged = (isConnected: boolean): void => {
    clearTimeout(probe);
    backoff.reset();
    isProven = false;
    line.set(isConnected);
  };
  session.onConnection(connectionChanged);
  connectionChanged(session.isConnected());

  const failed = (): void => {
    isProven = false;
    if (!line.isUp()) return;
    line.set(false);
    probe = setTimeout(() => line.set(session.isConnected()), backoff.nextMs()).unref();
  };

  const succeeded = (): void => {
    isProven = true;
    backoff.reset();
  };

  return {
    payloadBytesMax: limits.payloadBytesMax,
    publish: (topicName, payload) =>
      gate.pass(topicName, payload, async () => {
        const request = { topicName, qos: greengrasscoreipc.model.QOS.AT_LEAST_ONCE, payload };
        try {
          await session.call((client) => client.publishToIoTCore(request));
        } catch (error) {
          // What is not allowed says nothing about the line.
          if (ipcFaultOf(error) !== 'not-authorized') failed();
          throw transportErrorOf(`publishing to ${topicName}`, error);
        }
        succeeded();
      }),
    subscribe: (filter, listener) =>
      session.keep(`subscribing to ${filter}`, (client) =>
        client
          .subscribeToIoTCore({ topicName: filter, qos: greengrasscoreipc.model.QOS.AT_LEAST_ONCE })
          .on('message', ({ message }) => {
            if (message !== undefined) listener(message.topicName, bytesOf(message.payload));
          }),
      ),
    isUp: () => line.isUp(),
    onLine: (listener) => line.onChange(listener),
    async close() {
      clearTimeout(probe);
      await session.close();
    },
  };
}
