import http from 'node:http';
import type { AwsRequest, AwsResponse, AwsService } from './aws-service.ts';

/** Headers that speak of one connection (RFC 9110, 7.6.1) and must not be carried over to another. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'proxy-connection',
]);

export interface ProxiedService extends Pick<AwsService, 'signingName' | 'targetPrefix'> {
  /** Loopback port that the service listens on. */
  readonly port: number;
}

/** Forwards to a service that has its own port, over connections that are kept. */
export function createProxy({ port, ...names }: ProxiedService): AwsService & { close(): void } {
  const agent = new http.Agent({ keepAlive: true });
  return {
    ...names,
    handle: (request) => forward(agent, port, request),
    close: () => agent.destroy(),
  };
}

function forward(agent: http.Agent, port: number, request: AwsRequest): Promise<AwsResponse> {
  return new Promise((resolve, reject) => {
    const headers = { ...withoutHopByHop(request.headers), 'content-length': String(request.body.length) };
    const forwarded = http.request(
      { agent, host: '127.0.0.1', port, method: request.method, path: request.url, headers },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 502,
            headers: withoutHopByHop(response.headers),
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    forwarded.once('error', (cause) =>
      reject(new Error(`the service behind port ${port} did not answer ${request.operation}`, { cause })),
    );
    forwarded.end(request.body);
  });
}

function withoutHopByHop(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name)) {
      kept[name] = Array.isArray(value) ? value.join(', ') : value;
    }
  }
  return kept;
}
