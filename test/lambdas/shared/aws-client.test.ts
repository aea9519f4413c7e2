import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withoutCallLog } from '../../../lambdas/shared/aws-client.ts';

/** Answers like a table service that has no tables. */
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.setHeader('content-type', 'application/x-amz-json-1.0').end('{"TableNames":[]}');
  });
});

beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
afterAll(() => void server.close());

/** Calls once; what the SDK hands to its logger meanwhile. */
async function loggedBy(prepare: (client: DynamoDBClient) => DynamoDBClient): Promise<unknown[]> {
  const logged: unknown[] = [];
  const log = (entry: unknown): void => void logged.push(entry);
  const client = prepare(
    new DynamoDBClient({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      logger: { debug: () => {}, info: log, warn: log, error: log },
    }),
  );
  const { TableNames: names } = await client.send(new ListTablesCommand({ Limit: 3 }));
  client.destroy();
  expect(names).toEqual([]);
  return logged;
}

it('takes the log of calls out of a client, and leaves the calls', async () => {
  expect(await loggedBy((client) => client)).toMatchObject([{ commandName: 'ListTablesCommand', input: { Limit: 3 } }]);
  expect(await loggedBy(withoutCallLog)).toEqual([]);
});
