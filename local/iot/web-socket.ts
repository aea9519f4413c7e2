import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import { type Authorization, type Authorizer, authorize, type Invoke } from './authorizers.ts';
import type { Identity } from './identity.ts';
import { PACKET_BYTES_MAX } from './limits.ts';

export interface WebSocketOptions {
  /** By name. */
  readonly authorizers: ReadonlyMap<string, Authorizer>;
  readonly invoke: Invoke;
  readonly accept: (stream: Duplex, identity: Identity) => void;
  readonly log: (line: string) => void;
}

const MQTT_PATH = '/mqtt';
const AUTHORIZER_PARAMETER = 'x-amz-customauthorizer-name';
/** The name that MQTT over WebSocket goes by (MQTT 3.1.1, 6). */
const SUBPROTOCOL = 'mqtt';

/**
 * MQTT over WebSocket with a custom authorizer, named in the query string or in a header as "Connecting to AWS IoT Core
 * by using custom authentication" says (https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth.html). The
 * authorizer is asked at the upgrade, so it does not see what CONNECT carries. Not done: signatures and refreshing.
 */
export function createWebSocketServer(options: WebSocketOptions): Server {
  const { accept, log } = options;
  const upgrades = new WebSocketServer({
    noServer: true,
    maxPayload: PACKET_BYTES_MAX,
    handleProtocols: (protocols) => (protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  const server = createServer((_request, response) => response.writeHead(426, { upgrade: 'websocket' }).end());
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {});
    void authorizeUpgrade(request, options)
      .catch((error: unknown): Authorization => ({ granted: false, reason: String(error) }))
      .then((authorization) => {
        if (!authorization.granted) {
          log(`MQTT over WebSocket: a client is refused: ${authorization.reason}`);
          socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
          return;
        }
        upgrades.handleUpgrade(request, socket, head, (webSocket) => {
          endAfter(webSocket, authorization.disconnectAfterS);
          accept(createWebSocketStream(webSocket), authorization.identity);
        });
      });
  });
  return server;
}

async function authorizeUpgrade(request: IncomingMessage, options: WebSocketOptions): Promise<Authorization> {
  const { pathname, search, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname !== MQTT_PATH) {
    return { granted: false, reason: `its path is ${pathname}; expected ${MQTT_PATH}` };
  }
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const name = searchParams.get(AUTHORIZER_PARAMETER) ?? headers[AUTHORIZER_PARAMETER] ?? '';
  const authorizer = options.authorizers.get(name);
  if (authorizer === undefined) {
    const known = [...options.authorizers.keys()].join(', ') || 'none';
    return { granted: false, reason: `${AUTHORIZER_PARAMETER} is "${name}"; the template has ${known}` };
  }
  return authorize(authorizer, { connectionId: randomUUID(), headers, queryString: search }, options.invoke);
}

/** `disconnectAfterInSeconds`: however busy it is. */
function endAfter(webSocket: WebSocket, seconds: number): void {
  const timer = setTimeout(() => webSocket.terminate(), seconds * 1000).unref();
  webSocket.once('close', () => clearTimeout(timer));
}
