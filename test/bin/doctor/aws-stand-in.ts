import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An answer by AWS's own documentation: status, content type, body. */
export interface Answer {
  readonly status: number;
  readonly type: 'text/xml' | 'application/x-amz-json-1.1';
  readonly body: string;
}

/** By operation, such as `GetCallerIdentity`; gets the request's fields. */
export type Answers = Readonly<Record<string, (fields: Readonly<Record<string, unknown>>) => Answer>>;

export interface StandIn {
  readonly url: string;
  /** What was asked, in order, that nobody had an answer for. */
  readonly unanswered: readonly string[];
  close(): Promise<void>;
}

/** Speaks the two protocols of the services that the doctor asks: Query (STS, CloudFormation) and JSON (all others). */
export async function startStandIn(answers: Answers): Promise<StandIn> {
  const unanswered: string[] = [];
  const server = createServer((request, response) => {
    void read(request).then(({ operation, fields }) => {
      const answer = answers[operation]?.(fields);
      if (!answer) unanswered.push(operation);
      const { status, type, body } = answer ?? json(400, { __type: 'UnknownOperationException' });
      response.writeHead(status, { 'content-type': type }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    unanswered,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function read(request: IncomingMessage): Promise<{ operation: string; fields: Record<string, unknown> }> {
  const body = await text(request);
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return { operation: target.split('.').at(-1) ?? '', fields: JSON.parse(body) };
  const fields = Object.fromEntries(new URLSearchParams(body));
  return { operation: fields['Action'] ?? '', fields };
}

export function json(status: number, fields: object): Answer {
  return { status, type: 'application/x-amz-json-1.1', body: JSON.stringify(fields) };
}

/** A result of the Query protocol. */
export function xml(operation: string, content: string): Answer {
  return {
    status: 200,
    type: 'text/xml',
    body: `<${operation}Response><${operation}Result>${content}</${operation}Result></${operation}Response>`,
  };
}

export function xmlError(status: number, code: string, message: string): Answer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, type: 'text/xml', body: `<ErrorResponse>${error}<RequestId>0</RequestId></ErrorResponse>` };
}
