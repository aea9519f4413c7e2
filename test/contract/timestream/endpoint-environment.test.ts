import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryCommand, TimestreamQueryClient } from '@aws-sdk/client-timestream-query';
import { CreateDatabaseCommand, TimestreamWriteClient } from '@aws-sdk/client-timestream-write';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AwsService } from '../../../local/gateway/aws-service.ts';
import { createTimestream, type Timestream } from '../../../local/timestream/service.ts';
import { serve } from './serve.ts';

/** An address from the environment does not keep the clients from asking for one, unlike an address in code. */
describe('SDK clients that know the address from the environment', () => {
  let directory: string;
  let timestream: Timestream;
  let server: Awaited<ReturnType<typeof serve>>;
  let operations: string[];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'timestream-'));
    timestream = await createTimestream({ directory });
    operations = [];
    server = await serve(noting(timestream.services[0], operations));
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await server.close();
    await timestream.close();
    await rm(directory, { recursive: true });
  });

  it.each([
    ['AWS_ENDPOINT_URL alone', ['AWS_ENDPOINT_URL']],
    ['one variable a service', ['AWS_ENDPOINT_URL_TIMESTREAM_WRITE', 'AWS_ENDPOINT_URL_TIMESTREAM_QUERY']],
  ])('work with %s', async (_, variables) => {
    for (const variable of variables) {
      vi.stubEnv(variable, server.url);
    }
    await new TimestreamWriteClient({}).send(new CreateDatabaseCommand({ DatabaseName: 'city' }));
    const { Rows } = await new TimestreamQueryClient({}).send(new QueryCommand({ QueryString: 'SELECT 1' }));
    expect(Rows).toEqual([{ Data: [{ ScalarValue: '1' }] }]);
    expect(operations).toEqual(['DescribeEndpoints', 'CreateDatabase', 'DescribeEndpoints', 'Query']);
  });
});

function noting(service: AwsService | undefined, operations: string[]): AwsService {
  if (service === undefined) {
    throw new Error('the stand-in has no service');
  }
  return {
    ...service,
    handle(request) {
      operations.push(request.operation);
      return service.handle(request);
    },
  };
}
