import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CreatedResource } from '../../../local/cloudformation/resource-provider.ts';
import { createTimestream, type Timestream } from '../../../local/timestream/service.ts';

describe('Timestream resources of a template', () => {
  let directory: string;
  let timestream: Timestream;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'timestream-'));
    timestream = await createTimestream({ directory });
  });
  afterEach(async () => {
    await timestream.close();
    await rm(directory, { recursive: true });
  });

  async function create(type: string, properties: Record<string, unknown>): Promise<CreatedResource> {
    const provider = timestream.providers.find((candidate) => candidate.type === type);
    if (provider === undefined) {
      throw new Error(`no provider for ${type}`);
    }
    const resource = { stackName: 'History', logicalId: 'Observations', type, properties, metadata: {} };
    return provider.create({ ...resource, assemblyDirectory: '.' });
  }

  async function describeTable(DatabaseName: string, TableName: string): Promise<unknown> {
    const body = Buffer.from(JSON.stringify({ DatabaseName, TableName }));
    const answer = await timestream.services[0]?.handle({
      method: 'POST',
      url: '/',
      headers: {},
      operation: 'DescribeTable',
      body,
    });
    return JSON.parse(answer?.body.toString() ?? '{}');
  }

  const table = {
    DatabaseName: 'city',
    TableName: 'observations',
    RetentionProperties: { MemoryStoreRetentionPeriodInHours: '24', MagneticStoreRetentionPeriodInDays: '365' },
    MagneticStoreWriteProperties: {
      EnableMagneticStoreWrites: 'true',
      MagneticStoreRejectedDataLocation: { S3Configuration: { BucketName: 'rejects', EncryptionOption: 'SSE_S3' } },
    },
  };

  it('are a database and a table, with what Ref and Fn::GetAtt give', async () => {
    const database = await create('AWS::Timestream::Database', { DatabaseName: 'city' });
    expect(database).toEqual({
      ref: 'city',
      attributes: { Arn: 'arn:aws:timestream:us-east-1:000000000000:database/city' },
    });
    expect(await create('AWS::Timestream::Table', table)).toEqual({
      ref: 'city|observations',
      attributes: {
        Arn: 'arn:aws:timestream:us-east-1:000000000000:database/city/table/observations',
        Name: 'observations',
      },
    });
    expect(await describeTable('city', 'observations')).toMatchObject({
      Table: {
        RetentionProperties: { MemoryStoreRetentionPeriodInHours: 24, MagneticStoreRetentionPeriodInDays: 365 },
        MagneticStoreWriteProperties: { ...table.MagneticStoreWriteProperties, EnableMagneticStoreWrites: true },
      },
    });
  });

  it('are taken up again, with what the template says now', async () => {
    await create('AWS::Timestream::Database', { DatabaseName: 'city' });
    await create('AWS::Timestream::Table', table);
    await create('AWS::Timestream::Database', { DatabaseName: 'city' });
    await create('AWS::Timestream::Table', { DatabaseName: 'city', TableName: 'observations' });
    expect(await describeTable('city', 'observations')).toMatchObject({
      Table: {
        RetentionProperties: { MemoryStoreRetentionPeriodInHours: 6, MagneticStoreRetentionPeriodInDays: 73_000 },
        MagneticStoreWriteProperties: { EnableMagneticStoreWrites: false },
      },
    });
  });

  it('get the same name in every run where the template gives none', async () => {
    const { ref } = await create('AWS::Timestream::Database', {});
    expect(ref).toMatch(/^History-Observations-[0-9a-f]{8}$/);
    expect((await create('AWS::Timestream::Database', {})).ref).toBe(ref);
  });

  it('refuse properties and values that are not known', async () => {
    await expect(create('AWS::Timestream::Database', { DatabaseName: 'city', Colour: 'red' })).rejects.toThrow(
      'Colour',
    );
    await expect(create('AWS::Timestream::Table', { ...table, DatabaseName: 'nowhere' })).rejects.toThrow('nowhere');
    await create('AWS::Timestream::Database', { DatabaseName: 'city' });
    const RetentionProperties = { MemoryStoreRetentionPeriodInHours: '0' };
    await expect(create('AWS::Timestream::Table', { ...table, RetentionProperties })).rejects.toThrow(
      'MemoryStoreRetentionPeriodInHours',
    );
  });
});
