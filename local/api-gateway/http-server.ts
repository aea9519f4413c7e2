import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from '../listen.ts';

/** docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const BODY_BYTES_MAX = 10 * 1024 * 1024;
const REQUEST_LINE_AND_HEADER_BYTES_MAX = 10_240;

/** Requests that still run when the server closes get this long. */
const DRAIN_TIMEOUT_MS = 1000;

export interface HttpRequest {
  /** Its body has been read. */
  readonly incoming: IncomingMessage;
  readonly requestId: string;
  readonly receivedAtMs: number;
  /** Decoded: an HTTP API hands the path on decoded, unlike a REST API. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
  readonly body: Buffer;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Buffer;
}

export interface HttpServer {
  /** Listens on loopback; 0 takes a free port. Gives the port. */
  listen(port: number): Promise<number>;
  close(): Promise<void>;
}

/** The gateway's own words, such as `{"message":"Not Found"}`. */
export function message(status: number, text: string, headers: HttpAnswer['headers'] = {}): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ message: text }),
  };
}

/** An HTTP server with the limits of an HTTP API. What `answer` throws is logged, and status 500. */
export function createHttpServer(
  answer: (request: HttpRequest) => Promise<HttpAnswer>,
  log: (line: string) => void,
): HttpServer {
  const server = createServer({ maxHeaderSize: REQUEST_LINE_AND_HEADER_BYTES_MAX }, (incoming, response) => {
    const requestId = randomUUID();
    serve(incoming, requestId, answer)
      .catch((error: unknown) => {
        log(`HTTP API: ${incoming.method} ${incoming.url}: ${error instanceof Error ? error.stack : String(error)}`);
        return message(500, 'Internal Server Error');
      })
      .then((answered) => send(response, answered, requestId))
      // Writing fails only when the client has gone; nobody is left to tell.
      .catch(() => response.destroy());
  });

  return {
    listen: (port) => listen(server, port),
    async close() {
      if (!server.listening) {
        return;
      }
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const drained = setTimeout(() => server.closeAllConnections(), DRAIN_TIMEOUT_MS);
      await closed;
      clearTimeout(drained);
    },
  };
}

async function serve(
  incoming: IncomingMessage,
  requestId: string,
  answer: (request: HttpRequest) => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const receivedAtMs = Date.now();
  const body = await readBody(incoming);
  if (body === 'too-large') {
    return message(413, 'Request Entity Too Large');
  }
  const [target, query] = splitAt(incoming.url ?? '/', '?');
  const path = decode(target);
  return path === undefined
    ? message(400, 'Bad Request')
    : answer({ incoming, requestId, receivedAtMs, path, query, body });
}

async function readBody(incoming: AsyncIterable<Buffer>): Promise<Buffer | 'too-large'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += chunk.length;
    // The rest is read and dropped: closing at once would reset the connection before the client reads the answer.
    if (bytes <= BODY_BYTES_MAX) {
      chunks.push(chunk);
    }
  }
  return bytes > BODY_BYTES_MAX ? 'too-large' : Buffer.concat(chunks);
}

function splitAt(text: string, separator: string): [before: string, after: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, { status, headers, body }: HttpAnswer, requestId: string): void {
  for (const [name, value] of Object.entries({ ...headers, 'apigw-requestid': requestId })) {
    response.setHeader(name, value);
  }
  // Left to end(), so that the length of the body gets into the headers.
  response.statusCode = status;
  response.end(body);
}
