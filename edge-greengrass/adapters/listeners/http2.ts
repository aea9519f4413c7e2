import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Stream,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TlsListenerConfig } from '../../config/gateway-config.ts';
import type { AdapterContext } from '../ports.ts';
import type { Answer, Door } from './door.ts';
import { createDoor } from './door.ts';
import type { ListenerAdapter } from './listener-adapter.ts';
import { readRequest } from './read-request.ts';
import { readTls } from './read-tls.ts';

/** As many readings as a request may have; parsing them takes some milliseconds, in which nothing else is done. */
export const BODY_BYTES_MAX = 256 * 1024;
const STREAMS_PER_SESSION_MAX = 100;
const SESSIONS_MAX = 64;
/** A session that says nothing for so long is ended. */
const IDLE_MS_MAX = 5 * 60_000;

const NDJSON = 'application/x-ndjson';

/**
 * `POST /readings?sensor=&stream=` over HTTP/2, with TLS or by prior knowledge (RFC 9113, section 3.3): answered with 200
 * when all readings are kept, else with a problem (RFC 9457): 422 where some are bad, 429 where a sensor says too much,
 * 503 where there is no room or the stream is not read now, both with `Retry-After`.
 */
export function createHttp2Adapter(listener: TlsListenerConfig, context: AdapterContext): ListenerAdapter {
  const sessions = new Set<ServerHttp2Session>();
  let server: Http2Server | Http2SecureServer | undefined;
  let door: Door | undefined;
  let isStopped = false;

  async function answer(stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>): Promise<void> {
    const url = new URL(String(headers[':path']), 'http://gateway');
    if (url.pathname !== '/readings') return problem(stream, 404, `no ${url.pathname} here, expected /readings`);
    if (headers[':method'] !== 'POST') return problem(stream, 405, 'expected POST', { allow: 'POST' });
    const body = await readBody(stream);
    if (!body) return problem(stream, 413, `expected at most ${BODY_BYTES_MAX} bytes`);
    const said = {
      sensor: url.searchParams.get('sensor') ?? undefined,
      stream: url.searchParams.get('stream') ?? undefined,
    };
    const isByLine = String(headers['content-type']).startsWith(NDJSON);
    const read = readRequest(body, said, context, { isByLine });
    if (door) tell(stream, await door.admit(read));
  }

  return {
    name: `http2 ${listener.host}:${listener.port}`,
    async start(intake) {
      door = createDoor('http2', intake, context);
      const own = await createListeningServer(listener);
      own.on('session', (session) => {
        if (sessions.size >= SESSIONS_MAX) return session.destroy();
        sessions.add(session);
        session.setTimeout(IDLE_MS_MAX, () => session.close());
        session.on('error', () => {});
        session.on('close', () => sessions.delete(session));
      });
      own.on('stream', (stream, headers) => {
        stream.on('error', () => {});
        // A sender that went away while it was listened to gets no answer.
        answer(stream, headers).catch(() => stream.destroy());
      });
      own.listen(listener.port, listener.host);
      await once(own, 'listening');
      own.on('error', ({ message }) => context.tally.count('http2', 'unreachable', message));
      server = own;
    },
    async stop() {
      isStopped = true;
      const own = server;
      server = undefined;
      if (!own) return;
      const closed = new Promise<void>((resolve) => void own.close(() => resolve()));
      for (const session of sessions) session.destroy();
      await closed;
    },
    state: () => (isStopped ? 'stopped' : server ? 'running' : 'connecting'),
    sensors: () => door?.health() ?? [],
    port: () => (server?.address() as AddressInfo | undefined)?.port ?? 0,
  };
}

async function createListeningServer({ tls }: TlsListenerConfig): Promise<Http2Server | Http2SecureServer> {
  const settings = { maxConcurrentStreams: STREAMS_PER_SESSION_MAX };
  if (!tls) return createServer({ settings });
  const material = await readTls(tls);
  const isMutual = material.ca !== undefined;
  return createSecureServer({ ...material, settings, requestCert: isMutual, rejectUnauthorized: isMutual });
}

/** `undefined` where it is too large; the rest of it is not read. */
async function readBody(stream: ServerHttp2Stream): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Destroyed, it could not be told why.
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tell(stream: ServerHttp2Stream, answer: Answer): void {
  switch (answer.verdict) {
    case 'taken':
      return respond(stream, 200, 'application/json', { taken: answer.taken });
    case 'refused': {
      const { taken, refusals } = answer;
      const errors = refusals.map(({ reason, detail }) => ({ reason, detail }));
      return problem(
        stream,
        422,
        `${refusals.length} of the readings are bad; the others are kept`,
        {},
        { taken, errors },
      );
    }
    case 'babbling':
      return problem(stream, 429, 'more readings than a sensor may send', retryAfter(answer), { taken: answer.taken });
    case 'busy':
      return problem(stream, 503, 'no room for more now', retryAfter(answer), { taken: answer.taken });
    case 'suspended':
      return problem(stream, 503, 'the stream is not read now', retryAfter(answer), { taken: answer.taken });
  }
}

function retryAfter({ retryAfterS }: { readonly retryAfterS: number }): Readonly<Record<string, string>> {
  return { 'retry-after': String(retryAfterS) };
}

const TITLES: Readonly<Record<number, string>> = {
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

function problem(
  stream: ServerHttp2Stream,
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
  more: object = {},
): void {
  const document = { type: 'about:blank', title: TITLES[status], status, detail, ...more };
  respond(stream, status, 'application/problem+json', document, headers);
}

function respond(
  stream: ServerHttp2Stream,
  status: number,
  type: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond({ ':status': status, 'content-type': type, ...headers });
  // What a sender still had to say is not waited for (RFC 9113, section 8.1).
  stream.end(JSON.stringify(body), () => stream.close());
}
