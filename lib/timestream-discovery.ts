import type { CityFunction } from './city-function.ts';

/** The SDK asks Timestream for the account's endpoint before any other operation (endpoint discovery). */
export function allowEndpointDiscovery(client: CityFunction): void {
  client.allowUnnamed('EndpointDiscovery', {
    actions: ['timestream:DescribeEndpoints'],
    reason: 'DescribeEndpoints acts on no resource that a policy could name.',
  });
}
