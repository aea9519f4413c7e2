import type { AwsResponse } from './aws-service.ts';

/** An error as the JSON protocols write it: `__type` for awsJson clients, `x-amzn-errortype` for restJson ones. */
export function errorResponse(status: number, type: string, message: string): AwsResponse {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type },
    body: JSON.stringify({ __type: type, message }),
  };
}
