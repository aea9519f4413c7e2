import { LOCAL_REGION } from '../aws.ts';
import type { AwsService } from '../gateway/aws-service.ts';
import type { TableDescription } from './table-definition.ts';

/** dynalite wants a complete Authorization header but does not check the signature. */
const AUTHORIZATION = `AWS4-HMAC-SHA256 Credential=local/20260101/${LOCAL_REGION}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`;

/** The error code that DynamoDB answered with, such as `ResourceNotFoundException`. */
export class DynamoDbError extends Error {
  readonly code: string;

  constructor(operation: string, code: string, message: string) {
    super(`DynamoDB ${operation}: ${code}: ${message}`);
    this.code = code;
  }
}

export interface DynamoDbAnswer {
  /** Of `DescribeTable`. */
  readonly Table?: TableDescription;
  readonly __type?: string;
  readonly message?: string;
}

/** One DynamoDB operation, without an SDK client. Throws {@link DynamoDbError} on an answer other than 200. */
export async function callDynamoDb(service: AwsService, operation: string, input: object): Promise<DynamoDbAnswer> {
  const { status, body } = await service.handle({
    method: 'POST',
    url: '/',
    operation,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `${service.targetPrefix}.${operation}`,
      'x-amz-date': '20260101T000000Z',
      authorization: AUTHORIZATION,
    },
    body: Buffer.from(JSON.stringify(input)),
  });
  const answer: DynamoDbAnswer = JSON.parse(body.toString());
  if (status !== 200) {
    throw new DynamoDbError(operation, answer.__type?.split('#')[1] ?? String(status), answer.message ?? '');
  }
  return answer;
}
