import type { AwsRequest, AwsResponse } from '../gateway/aws-service.ts';

const CACHE_PERIOD_MINUTES = 1440;

/**
 * Tells an SDK to go on with the host that it used. The SDK for JavaScript asks unless its client was given an endpoint
 * in code (one from AWS_ENDPOINT_URL does not count), and replaces the host alone: the port must not stand in the answer.
 */
export function describeEndpoints(headers: AwsRequest['headers']): AwsResponse {
  const Address = (headers.host ?? '127.0.0.1').replace(/:\d+$/, '');
  return {
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({ Endpoints: [{ Address, CachePeriodInMinutes: CACHE_PERIOD_MINUTES }] }),
  };
}
