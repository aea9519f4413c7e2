import { createServer, type IncomingMessage, type OutgoingMessage, type Server } from 'coap';
import type { ListenerConfig } from '../../config/gateway-config.ts';
import type { AdapterContext } from '../ports.ts';
import { type Answer, createDoor, type Door } from './door.ts';
import type { ListenerAdapter } from './listener-adapter.ts';
import { readRequest } from './read-request.ts';

/** Of what came in blocks (RFC 7959). */
export const PAYLOAD_BYTES_MAX = 64 * 1024;
/**
 * An answer within this time travels in the acknowledgement; a later one by itself, after an empty one (RFC 7252, section
 * 5.2.2). It is less than ACK_TIMEOUT, so that nobody sends again what is being kept.
 */
const PIGGYBACK_MS = 1000;

/**
 * `POST /readings?sensor=&stream=` over CoAP, readings in JSON or SenML in CBOR: answered with 2.04 when all are kept, 4.22
 * where some are bad, 4.29 where a sensor says too much, 5.03 where there is no room or the stream is not read now, the
 * last two with `Max-Age` (RFC 7252, section 5.9.3.4; RFC 8516).
 */
export function createCoapAdapter(listener: ListenerConfig, context: AdapterContext): ListenerAdapter {
  let server: Server | undefined;
  let door: Door | undefined;
  let isStopped = false;

  async function answer(request: IncomingMessage, response: OutgoingMessage): Promise<void> {
    const url = new URL(request.url, 'coap://gateway');
    if (url.pathname !== '/readings') return tell(response, '4.04', `no ${url.pathname} here, expected /readings`);
    if (request.method !== 'POST') return tell(response, '4.05', 'expected POST');
    const { payload } = request;
    if (payload.length > PAYLOAD_BYTES_MAX)
      return tell(response, '4.13', `expected at most ${PAYLOAD_BYTES_MAX} bytes`);
    const said = {
      sensor: url.searchParams.get('sensor') ?? undefined,
      stream: url.searchParams.get('stream') ?? undefined,
    };
    if (door) tellAnswer(response, await door.admit(readRequest(payload, said, context)));
  }

  return {
    name: `coap ${listener.host}:${listener.port}`,
    async start(intake) {
      door = createDoor('coap', intake, context);
      const own = createServer({ piggybackReplyMs: PIGGYBACK_MS });
      own.on('request', (request: IncomingMessage, response: OutgoingMessage) => {
        // Whoever asked is gone, or its answer got lost for good: it asks again.
        response.on('error', () => {});
        answer(request, response).catch(() => response.reset());
      });
      await new Promise<void>((resolve, reject) => {
        own.once('error', reject);
        own.listen(listener.port, listener.host, (error?: Error) => (error ? reject(error) : resolve()));
      });
      own.on('error', ({ message }: Error) => context.tally.count('coap', 'malformed', message));
      server = own;
    },
    async stop() {
      isStopped = true;
      const own = server;
      server = undefined;
      if (own) await new Promise<void>((resolve) => void own.close(() => resolve()));
    },
    state: () => (isStopped ? 'stopped' : server ? 'running' : 'connecting'),
    sensors: () => door?.health() ?? [],
    port: () => portOf(server),
  };
}

function portOf(server: Server | undefined): number {
  const socket = server?._sock;
  return socket && 'address' in socket ? socket.address().port : 0;
}

function tellAnswer(response: OutgoingMessage, answer: Answer): void {
  switch (answer.verdict) {
    case 'taken':
      return tell(response, '2.04', '');
    case 'refused':
      return tell(response, '4.22', answer.refusals.map(({ reason, detail }) => `${reason}: ${detail}`).join('\n'));
    case 'babbling':
      return tell(response, '4.29', 'more readings than a sensor may send', answer.retryAfterS);
    case 'busy':
      return tell(response, '5.03', 'no room for more now', answer.retryAfterS);
    case 'suspended':
      return tell(response, '5.03', 'the stream is not read now', answer.retryAfterS);
  }
}

/** A diagnostic payload is for people (RFC 7252, section 5.5.2), and must fit into one message. */
const DIAGNOSTIC_CHARACTERS_MAX = 500;

function tell(response: OutgoingMessage, code: string, diagnostic: string, maxAgeS?: number): void {
  response.code = code;
  if (maxAgeS !== undefined) response.setOption('Max-Age', maxAgeS);
  response.end(diagnostic.slice(0, DIAGNOSTIC_CHARACTERS_MAX));
}
