import type { AwsRequest, AwsResponse } from '../gateway/aws-service.ts';

const CACHE_PERIOD_MINUTES = 1440;
const DEFAULT_HOST = '127.0.0.1';

/**
 * Tells an SDK to go on where it is. SDKs ask unless their client was given an endpoint in code (one from
 * AWS_ENDPOINT_URL does not count), and use the answer in two ways: the SDK for JavaScript replaces the host alone and
 * fails on a port; the others, botocore among them, take it for the whole address and put https before it unless it
 * names a scheme.
 */
export function describeEndpoints({
  host = DEFAULT_HOST,
  'user-agent': agent = '',
}: AwsRequest['headers']): AwsResponse {
  const Address = agent.includes('aws-sdk-js') ? host.replace(/:\d+$/, '') : `http://${host}`;
  return {
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({ Endpoints: [{ Address, CachePeriodInMinutes: CACHE_PERIOD_MINUTES }] }),
  };
}
