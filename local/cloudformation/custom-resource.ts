import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { listen } from '../listen.ts';
import type { InvokeResult } from '../lambda/invocation.ts';
import type { CreatedResource, TemplateResource } from './resource-provider.ts';

/** "The total size of the response body can't exceed 4096 bytes" (user guide, "Custom resource response objects"). */
export const RESPONSE_BYTES_MAX = 4096;

/** A function that has returned and not answered may have an answer under way, but not for longer than this. */
const ANSWER_AFTER_RETURN_TIMEOUT_MS = 5000;

/** What an earlier run asked for and was answered. */
export interface CustomResourceState {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly created: CreatedResource;
}

export interface CustomResourceOptions {
  readonly resource: TemplateResource;
  readonly stackId: string;
  readonly previous: CustomResourceState | undefined;
  /** Runs the function of that ARN. */
  readonly invoke: (functionArn: string, event: unknown) => Promise<InvokeResult>;
}

interface Answer {
  readonly Status?: unknown;
  readonly Reason?: unknown;
  readonly PhysicalResourceId?: unknown;
  readonly Data?: Readonly<Record<string, unknown>>;
}

export function isCustomResource(type: string): boolean {
  return type === 'AWS::CloudFormation::CustomResource' || type.startsWith('Custom::');
}

/**
 * Asks the function behind `ServiceToken` to make the resource, as CloudFormation would, and waits for what it puts to
 * the `ResponseURL` (user guide, "Custom resource request objects"). One that an earlier run made is updated if its
 * properties have changed since and else left as it is. Throws with the function's reason on `FAILED`, and when it
 * fails or returns without an answer.
 */
export async function createCustomResource(options: CustomResourceOptions): Promise<CreatedResource> {
  const { resource, previous } = options;
  if (previous !== undefined && isDeepStrictEqual(previous.properties, resource.properties)) {
    return previous.created;
  }
  const place = `${resource.stackName}/${resource.logicalId}`;
  const serviceToken = resource.properties.ServiceToken;
  if (typeof serviceToken !== 'string') {
    throw new Error(`${place}: ServiceToken is ${JSON.stringify(serviceToken)}; expected a function's ARN`);
  }
  const answer = await askForAnswer(place, (responseUrl) =>
    options.invoke(serviceToken, {
      RequestType: previous === undefined ? 'Create' : 'Update',
      ServiceToken: serviceToken,
      ResponseURL: responseUrl,
      StackId: options.stackId,
      RequestId: randomUUID(),
      LogicalResourceId: resource.logicalId,
      ResourceType: resource.type,
      ResourceProperties: resource.properties,
      ...(previous && {
        PhysicalResourceId: previous.created.ref,
        OldResourceProperties: previous.properties,
      }),
    }),
  );
  if (answer.Status !== 'SUCCESS') {
    throw new Error(
      `${place}: the custom resource failed: ${typeof answer.Reason === 'string' ? answer.Reason : 'it gave no reason'}`,
    );
  }
  if (typeof answer.PhysicalResourceId !== 'string' || answer.PhysicalResourceId === '') {
    throw new Error(`${place}: the custom resource answered without a PhysicalResourceId`);
  }
  const attributes = Object.entries(answer.Data ?? {}).map(([name, value]) => [name, String(value)] as const);
  return { ref: answer.PhysicalResourceId, attributes: Object.fromEntries(attributes) };
}

/** Runs `invoke` with an address that takes one PUT, and gives what came there. */
async function askForAnswer(place: string, invoke: (responseUrl: string) => Promise<InvokeResult>): Promise<Answer> {
  const secret = `/${randomUUID()}`;
  const answered = Promise.withResolvers<string>();
  const server = http.createServer((request, response) => {
    if (request.method !== 'PUT' || request.url !== secret) {
      response.writeHead(403).end();
      return;
    }
    response.writeHead(200);
    readText(request)
      .then(answered.resolve, answered.reject)
      .finally(() => response.end());
  });
  const port = await listen(server, 0);
  try {
    const url = `http://127.0.0.1:${port}${secret}`;
    const unanswered = failWithoutAnswer(place, invoke(url));
    return parseAnswer(place, await Promise.race([answered.promise, unanswered]));
  } finally {
    server.close();
    server.closeIdleConnections();
  }
}

/** Rejects once the function has failed, or has returned and given no answer for a while. */
async function failWithoutAnswer(place: string, invocation: Promise<InvokeResult>): Promise<never> {
  const result = await invocation;
  switch (result.kind) {
    case 'failed':
      throw new Error(`${place}: its function failed: ${result.payload.errorType}: ${result.payload.errorMessage}`);
    case 'refused':
      throw new Error(`${place}: its function could not be invoked: ${result.reason}: ${result.message}`);
    case 'returned':
      await delay(ANSWER_AFTER_RETURN_TIMEOUT_MS, undefined, { ref: false });
      throw new Error(`${place}: its function returned without an answer to the ResponseURL`);
  }
}

function parseAnswer(place: string, body: string): Answer {
  if (Buffer.byteLength(body) > RESPONSE_BYTES_MAX) {
    throw new Error(
      `${place}: the custom resource answered ${Buffer.byteLength(body)} bytes; at most ${RESPONSE_BYTES_MAX} are allowed`,
    );
  }
  try {
    const answer: Answer = JSON.parse(body);
    return answer;
  } catch (cause) {
    throw new Error(`${place}: the custom resource answered what is no JSON: ${body.slice(0, 100)}`, { cause });
  }
}
