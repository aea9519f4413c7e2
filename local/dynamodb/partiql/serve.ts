import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import type { Dynalite } from '../dynalite.ts';
import { batchExecuteStatement } from './batch-execute-statement.ts';

const TARGET = 'DynamoDB_20120810.BatchExecuteStatement';

/** Puts PartiQL before what dynalite's server answers by itself. */
export function servePartiQl(dynalite: Dynalite): void {
  const { server } = dynalite;
  const others = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (request.headers['x-amz-target'] !== TARGET) {
      for (const listener of others) listener.call(server, request, response);
      return;
    }
    answer(dynalite, request).then(
      ({ status, body }) => send(response, status, body),
      (error: unknown) => send(response, 500, { __type: 'InternalServerError', message: String(error) }),
    );
  });
}

async function answer(dynalite: Dynalite, request: IncomingMessage): Promise<{ status: number; body: object }> {
  const body = await batchExecuteStatement((await json(request)) as object, dynalite);
  return { status: '__type' in body ? 400 : 200, body };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}
