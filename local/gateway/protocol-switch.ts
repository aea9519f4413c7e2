import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';

/** First octets of an HTTP/2 connection (RFC 9113, 3.4); no HTTP/1.1 method begins like it. */
const HTTP2_PREFACE_START = Buffer.from('PRI ');

/** Clients keep connections; a short idle timeout would close one under a request that is just being sent. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

export type Request = http.IncomingMessage | http2.Http2ServerRequest;

/** What the responses of both protocols have in common. */
export interface Response {
  statusCode: number;
  setHeader(name: string, value: string | number): unknown;
  end(body: Buffer): unknown;
  destroy(): unknown;
}

export type Handler = (request: Request, response: Response) => void;

/**
 * One plain-text port for HTTP/1.1 and HTTP/2 with prior knowledge. The Kinesis client of the AWS SDK for JavaScript
 * speaks HTTP/2 even to an `http:` endpoint, every other client HTTP/1.1, and both know only one address.
 */
export function createProtocolSwitch(handler: Handler): net.Server {
  const http1Server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS }, handler);
  const http2Server = http2.createServer(handler);
  // A client that is killed resets its session; that is its end, not ours.
  http2Server.on('sessionError', () => {});

  return net.createServer({ noDelay: true }, (socket) => {
    const ignoreReset = (): void => {};
    socket.on('error', ignoreReset);
    const choose = (): void => {
      const start: Buffer | null = socket.read(HTTP2_PREFACE_START.length);
      if (start === null) {
        if (!socket.readableEnded && !socket.destroyed) {
          socket.once('readable', choose);
        }
        return;
      }
      socket.unshift(start);
      (start.equals(HTTP2_PREFACE_START) ? http2Server : http1Server).emit('connection', socket);
    };
    choose();
  });
}
