import { createServer, type Server, type Socket } from 'node:net';
import { rm } from 'node:fs/promises';
import { type CloudLink, createCloudLink } from './cloud-link.ts';
import { IpcError } from './ipc-error.ts';
import type { NucleusKind } from './nucleus-kind.ts';
import { OPERATIONS } from './operations.ts';
import { createPacketReader, encodePacket, FLAGS, type Packet, TYPES } from './packets.ts';

/** A policy of a component's `accessControl`. */
interface AccessPolicy {
  readonly operations: readonly string[];
  readonly resources: readonly string[];
}

interface ComponentConfiguration {
  readonly accessControl?: Readonly<Record<string, Readonly<Record<string, AccessPolicy>>>>;
  readonly [key: string]: unknown;
}

export interface Component {
  readonly name: string;
  readonly svcuid: string;
  configuration: ComponentConfiguration;
}

interface NucleusOptions {
  readonly kind: NucleusKind;
  readonly socketPath: string;
  readonly thingName: string;
  readonly components: readonly Component[];
  /** Of the broker that stands for AWS IoT Core; without one, the cloud is away for good. */
  readonly brokerUrl?: string;
}

/** What the operations share. */
interface NucleusState {
  readonly thingName: string;
  readonly cloud: CloudLink;
  readonly components: readonly Component[];
  /** Local subscriptions, and those to a component's configuration. */
  readonly topics: Set<{ readonly topic: string; readonly listener: (topic: string, message: string) => void }>;
  readonly watchers: Set<{ readonly component: string; readonly listener: (keyPath: readonly string[]) => void }>;
  readonly reported: string[];
}

/** An operation answers once; one that is a stream sends events until what it returns is called. */
export interface Call {
  readonly component: Component;
  readonly state: NucleusState;
  readonly request: Readonly<Record<string, unknown>>;
  /** After the response. */
  readonly send: (eventType: string, event: unknown) => void;
}

export interface Answer {
  readonly response: unknown;
  readonly end?: () => void;
}

export interface NucleusStandIn {
  readonly state: NucleusState;
  /** As a deployment does. */
  configure(component: string, configuration: ComponentConfiguration): void;
  connections(): number;
  close(): Promise<void>;
}

/** A nucleus's IPC server, for the SDK's own client: event-stream RPC on a unix socket. */
export async function startNucleus(options: NucleusOptions): Promise<NucleusStandIn> {
  const { kind, socketPath, thingName, components, brokerUrl } = options;
  const state: NucleusState = {
    thingName,
    components,
    cloud: createCloudLink(kind, brokerUrl, thingName),
    topics: new Set(),
    watchers: new Set(),
    reported: [],
  };
  const sockets = new Set<Socket>();
  await rm(socketPath, { force: true });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, kind, state);
  });
  await listen(server, socketPath);

  return {
    state,
    configure(name, configuration) {
      const component = components.find((each) => each.name === name);
      if (component === undefined) throw new Error(`there is no component ${name}`);
      component.configuration = configuration;
      const keys = Object.keys(configuration);
      for (const { component: watched, listener } of state.watchers)
        if (watched === name) keys.forEach((key) => listener([key]));
    },
    connections: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await state.cloud.close();
    },
  };
}

function listen(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, () => resolve());
  });
}

/** One component's connection, from the socket to its end. */
function serve(socket: Socket, kind: NucleusKind, state: NucleusState): void {
  const read = createPacketReader(kind.packetBytesMax);
  const streams = new Map<number, () => void>();
  let component: Component | undefined;

  const write = (packet: Packet): void => {
    const bytes = encodePacket(packet);
    // The nucleus's buffer for what it sends is as small as the one for what it gets.
    if (bytes.length <= kind.packetBytesMax && socket.writable) socket.write(bytes);
  };

  const onPacket = async (packet: Packet): Promise<void> => {
    if (packet.type === TYPES.ping) return write({ ...packet, type: TYPES.pong });
    if (component === undefined) {
      component = authenticate(packet, state.components);
      if (component === undefined) return void socket.destroy();
      return write({
        type: TYPES.connectAck,
        flags: FLAGS.connectionAccepted,
        streamId: 0,
        headers: {},
        body: undefined,
      });
    }
    if ((packet.flags & FLAGS.terminateStream) !== 0) {
      streams.get(packet.streamId)?.();
      streams.delete(packet.streamId);
      return;
    }
    await answer(component, packet);
  };

  const answer = async (caller: Component, { streamId, headers, body }: Packet): Promise<void> => {
    const application = { type: TYPES.application, streamId };
    const typed = (name: string): Record<string, string> => ({
      ':content-type': 'application/json',
      'service-model-type': `aws.greengrass#${name}`,
    });
    const events: Packet[] = [];
    let isAnswered = false;
    const send = (eventType: string, event: unknown): void => {
      const packet = { ...application, flags: 0, headers: typed(eventType), body: event };
      if (isAnswered) write(packet);
      else events.push(packet);
    };
    const name = headers['operation']?.replace('aws.greengrass#', '') ?? '';
    try {
      const operation = OPERATIONS[name];
      if (operation === undefined) throw new IpcError('ServiceError', `the nucleus does not know ${name}`);
      const { response, end } = await operation({ component: caller, state, request: body as Call['request'], send });
      if (end !== undefined) streams.set(streamId, end);
      write({
        ...application,
        flags: end === undefined ? FLAGS.terminateStream : 0,
        headers: typed(`${name}Response`),
        body: response,
      });
      isAnswered = true;
      events.forEach(write);
    } catch (error) {
      const code = error instanceof IpcError ? error.code : 'ServiceError';
      const message = error instanceof Error ? error.message : String(error);
      write({
        type: TYPES.error,
        flags: FLAGS.terminateStream,
        streamId,
        headers: typed(code),
        body: { _message: message, _errorCode: code },
      });
    }
  };

  socket.on('error', () => {});
  socket.on('close', () => streams.forEach((end) => end()));
  socket.on('data', (bytes) => {
    try {
      for (const packet of read(bytes)) void onPacket(packet);
    } catch {
      socket.destroy();
    }
  });
}

/** By the SVCUID, which the nucleus gives each component that it starts. */
function authenticate(
  { type, streamId, headers, body }: Packet,
  components: readonly Component[],
): Component | undefined {
  if (type !== TYPES.connect || streamId !== 0 || headers[':version'] !== '0.1.0') return undefined;
  const { authToken } = (body ?? {}) as { readonly authToken?: unknown };
  return components.find(({ svcuid }) => svcuid === authToken);
}
