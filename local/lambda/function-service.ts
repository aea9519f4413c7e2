import type { AwsRequest, AwsResponse, AwsService } from '../gateway/aws-service.ts';
import type { InvokeResult, QueueResult, RefusalReason } from './invocation.ts';

const STATUSES: Readonly<Record<RefusalReason, number>> = {
  ResourceNotFoundException: 404,
  RequestTooLargeException: 413,
  TooManyRequestsException: 429,
  ServiceException: 500,
};

const INVOCATIONS_PATH = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?(.*))?$/;

export interface FunctionServiceOptions {
  /** Both take a name or ARN, and the event as JSON text. */
  readonly invoke: (nameOrArn: string, event: string) => Promise<InvokeResult>;
  readonly enqueue: (nameOrArn: string, event: string) => Promise<QueueResult>;
}

/**
 * The Lambda API, as far as an SDK needs it to invoke a function, waiting for the answer or not.
 * docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export function createFunctionService({ invoke, enqueue }: FunctionServiceOptions): AwsService {
  return {
    signingName: 'lambda',
    async handle(request) {
      const [, name, query] = INVOCATIONS_PATH.exec(request.url) ?? [];
      if (request.method !== 'POST' || name === undefined) {
        return failure(404, 'UnknownOperationException', `${request.method} ${request.url} is not answered here`);
      }
      const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
      if (type !== 'RequestResponse' && type !== 'Event') {
        return failure(400, 'InvalidParameterValueException', `InvocationType ${type} is not supported locally`);
      }
      const qualifier = new URLSearchParams(query).get('Qualifier');
      const event = readEvent(request);
      if (event === undefined) {
        return failure(400, 'InvalidRequestContentException', 'Could not parse request body into json');
      }
      const qualified = decodeURIComponent(name) + (qualifier === null ? '' : `:${qualifier}`);
      return type === 'Event' ? accept(await enqueue(qualified, event)) : respond(await invoke(qualified, event));
    },
  };
}

/** An empty body is an empty event; undefined when it is not JSON. */
function readEvent({ body }: AwsRequest): string | undefined {
  const text = body.toString();
  if (text === '') {
    return '{}';
  }
  try {
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}

function respond(result: InvokeResult): AwsResponse {
  if (result.kind === 'refused') {
    return failure(STATUSES[result.reason], result.reason, result.message);
  }
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'x-amzn-requestid': result.requestId,
      'x-amz-executed-version': '$LATEST',
      ...(result.kind === 'failed' ? { 'x-amz-function-error': result.functionError } : {}),
    },
    body: JSON.stringify(result.payload),
  };
}

function accept(result: QueueResult): AwsResponse {
  return result.kind === 'refused'
    ? failure(STATUSES[result.reason], result.reason, result.message)
    : { status: 202, headers: { 'x-amzn-requestid': result.requestId }, body: '' };
}

function failure(status: number, type: string, message: string): AwsResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
    body: JSON.stringify({ Type: status < 500 ? 'User' : 'Service', message, Message: message }),
  };
}
