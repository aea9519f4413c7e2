import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { AwsService } from '../../../local/gateway/aws-service.ts';

/** Puts one service behind HTTP on a free loopback port. Resolves with its address and how to close it. */
export async function serve(service: AwsService): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    void (async () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const operation = headers['x-amz-target']?.split('.')[1] ?? '';
      const body = await buffer(request);
      const answer = await service.handle({ method: 'POST', url: request.url ?? '/', headers, operation, body });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('the server listens on no port');
  }
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
