/** As much of a client of the AWS SDK as is needed here. */
interface AwsClient {
  readonly middlewareStack: { remove(name: string): boolean };
}

/**
 * The client without the SDK's log of calls. For its logger, even the one that does nothing, the SDK makes a copy of every
 * request and answer without what is sensitive in it: two thirds of the CPU time of reading 100 twins or writing 25,
 * measured without the network. Failures are thrown all the same, and the function logs them.
 */
export function withoutCallLog<Client extends AwsClient>(client: Client): Client {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}
