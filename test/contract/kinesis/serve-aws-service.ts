import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { AwsRequest, AwsResponse } from '../../../local/gateway/aws-service.ts';

/** How the client preface of RFC 9113, 3.4, begins. */
const HTTP2_START = 'PRI';

export type Handle = (request: AwsRequest) => Promise<AwsResponse>;

/**
 * Serves one AWS service on a free port, over HTTP/1.1 and over HTTP/2 without TLS: the JavaScript SDK speaks only
 * HTTP/2 to Kinesis, the AWS CLI and boto3 only HTTP/1.1. A connection's first bytes tell which one it is.
 */
export async function serveAwsService(handle: Handle): Promise<{ endpoint: string; close: () => void }> {
  const http1 = createServer((request, response) => {
    void answer(handle, request, response);
  });
  const http2 = createHttp2Server((request, response) => {
    void answer(handle, request, response);
  });
  const sockets = new Set<Socket>();
  const tcp = createTcpServer((socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)));
    socket.once('readable', () => {
      const start: unknown = socket.read(HTTP2_START.length);
      if (!Buffer.isBuffer(start)) return;
      socket.unshift(start);
      const server = start.toString('latin1') === HTTP2_START ? http2 : http1;
      server.emit('connection', socket);
    });
  }).listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const address = tcp.address();
  assert(address !== null && typeof address === 'object');
  const close = (): void => {
    tcp.close();
    for (const socket of sockets) socket.destroy();
  };
  return { endpoint: `http://127.0.0.1:${address.port}`, close };
}

async function answer(
  handle: Handle,
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
): Promise<void> {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
  );
  const {
    status,
    headers: answered,
    body,
  } = await handle({
    method: request.method ?? 'POST',
    url: request.url ?? '/',
    headers,
    operation: headers['x-amz-target']?.split('.')[1] ?? '',
    body: await buffer(request),
  });
  for (const [name, value] of Object.entries(answered)) response.setHeader(name, value);
  response.statusCode = status;
  response.end(body);
}
