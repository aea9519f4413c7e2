import { once } from 'node:events';
import type http from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { listen } from '../listen.ts';
import type { AwsResponse, AwsService } from './aws-service.ts';
import { findDestination } from './dispatch.ts';
import { errorResponse } from './error-response.ts';
import { createProtocolSwitch, type Request, type Response } from './protocol-switch.ts';

/** Kinesis PutRecords takes 10 MiB of data, which base64 makes 13.4 MiB; DynamoDB takes 16 MiB. */
export const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** Requests that still run when the gateway closes get this long. */
const DRAIN_TIMEOUT_MS = 1000;

export interface Gateway {
  readonly port: number;
  /** What `AWS_ENDPOINT_URL` is set to. */
  readonly url: string;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly services: readonly AwsService[];
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: (line: string) => void;
}

/** Answers all AWS APIs of the local cloud on one loopback port, over HTTP/1.1 and HTTP/2. Signatures are not checked. */
export async function startGateway({ services, port, log }: GatewayOptions): Promise<Gateway> {
  const running = new Set<Promise<unknown>>();
  const server = createProtocolSwitch((request, response) => {
    const answering = answer(services, request)
      .catch((error: unknown) => {
        log(`AWS API: ${request.method} ${request.url}: ${error instanceof Error ? error.stack : String(error)}`);
        return errorResponse(500, 'InternalFailure', error instanceof Error ? error.message : String(error));
      })
      .then((answered) => send(response, answered))
      // Writing fails only when the client has gone; nobody is left to tell.
      .catch(() => response.destroy())
      .finally(() => running.delete(answering));
    running.add(answering);
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const listening = await listen(server, port);

  return {
    port: listening,
    url: `http://127.0.0.1:${listening}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      await Promise.race([Promise.all(running), delay(DRAIN_TIMEOUT_MS, undefined, { ref: false })]);
      for (const socket of sockets) {
        socket.destroySoon();
      }
      await closed;
    },
  };
}

async function answer(services: readonly AwsService[], request: Request): Promise<AwsResponse> {
  const method = request.method ?? 'GET';
  const url = request.url ?? '/';
  const headers = plainHeaders(request.headers);
  const { service, operation, asked } = findDestination(services, { url, headers });
  const body = await readBody(request, service?.bodyBytesMax ?? BODY_BYTES_MAX);
  if (body === 'too-large') {
    return service?.bodyTooLarge?.() ?? bodyTooLarge();
  }
  if (service === undefined) {
    const supported = [...new Set(services.map(({ signingName }) => signingName))].sort().join(', ');
    return errorResponse(
      400,
      'UnknownOperationException',
      `${asked} is not answered by the local cloud, which knows: ${supported}`,
    );
  }
  return service.handle({ method, url, headers, operation, body });
}

function bodyTooLarge(): AwsResponse {
  return errorResponse(
    413,
    'RequestEntityTooLargeException',
    `the request body is larger than ${BODY_BYTES_MAX} bytes, the most that the local cloud takes`,
  );
}

/** HTTP/2 pseudo-headers (`:path`) are left out and repeated headers joined, as RFC 9110 5.3 allows. */
function plainHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !name.startsWith(':')) {
      plain[name] = Array.isArray(value) ? value.join(', ') : value;
    }
  }
  return plain;
}

async function readBody(request: Request, bytesMax: number): Promise<Buffer | 'too-large'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // The rest is read and dropped: closing at once would reset the connection before the client reads the answer.
    if (bytes <= bytesMax) {
      chunks.push(chunk);
    }
  }
  return bytes > bytesMax ? 'too-large' : Buffer.concat(chunks);
}

function send(response: Response, answered: AwsResponse): void {
  const body = typeof answered.body === 'string' ? Buffer.from(answered.body) : answered.body;
  response.statusCode = answered.status;
  for (const [name, value] of Object.entries(answered.headers)) {
    response.setHeader(name, value);
  }
  // What answers HEAD has the length of a body that it does not send.
  if (!('content-length' in answered.headers)) {
    response.setHeader('content-length', body.length);
  }
  response.end(body);
}
