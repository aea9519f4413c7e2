import { DescribeEndpointsCommand as DescribeQueryEndpointsCommand } from '@aws-sdk/client-timestream-query';
import {
  ConflictException,
  CreateDatabaseCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeDatabaseCommand,
  DescribeEndpointsCommand,
  DescribeTableCommand,
  ListDatabasesCommand,
  ListTablesCommand,
  ResourceNotFoundException,
  UpdateTableCommand,
  ValidationException,
} from '@aws-sdk/client-timestream-write';
import { expect, it } from 'vitest';
import { createTable, describeContract } from './target.ts';

describeContract('Databases and tables', (target) => {
  it('describes a database that it made', async () => {
    const { Database } = await target.write.send(new DescribeDatabaseCommand({ DatabaseName: target.databaseName }));
    expect(Database?.DatabaseName).toBe(target.databaseName);
    expect(Database?.Arn).toMatch(new RegExp(`^arn:aws:timestream:.*:database/${target.databaseName}$`));
    expect(Database?.CreationTime).toBeInstanceOf(Date);
  });

  it('describes a table with its retention and magnetic-store writes', async () => {
    const TableName = await createTable(target);
    const { Table } = await target.write.send(
      new DescribeTableCommand({ DatabaseName: target.databaseName, TableName }),
    );
    expect(Table).toMatchObject({
      TableName,
      DatabaseName: target.databaseName,
      TableStatus: 'ACTIVE',
      RetentionProperties: { MemoryStoreRetentionPeriodInHours: 24, MagneticStoreRetentionPeriodInDays: 365 },
      MagneticStoreWriteProperties: { EnableMagneticStoreWrites: true },
    });
    expect(Table?.Arn).toMatch(new RegExp(`:database/${target.databaseName}/table/${TableName}$`));
  });

  it('takes a new retention', async () => {
    const TableName = await createTable(target);
    const { Table } = await target.write.send(
      new UpdateTableCommand({
        DatabaseName: target.databaseName,
        TableName,
        RetentionProperties: { MemoryStoreRetentionPeriodInHours: 2, MagneticStoreRetentionPeriodInDays: 3 },
      }),
    );
    expect(Table?.RetentionProperties).toEqual({
      MemoryStoreRetentionPeriodInHours: 2,
      MagneticStoreRetentionPeriodInDays: 3,
    });
    expect(Table?.MagneticStoreWriteProperties?.EnableMagneticStoreWrites).toBe(true);
  });

  it('lists by page', async () => {
    const created = [await createTable(target), await createTable(target), await createTable(target)];
    const listed: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await target.write.send(
        new ListTablesCommand({ DatabaseName: target.databaseName, MaxResults: 2, NextToken }),
      );
      expect(page.Tables?.length).toBeLessThanOrEqual(2);
      listed.push(...(page.Tables ?? []).map(({ TableName }) => TableName));
      ({ NextToken } = page);
    } while (NextToken !== undefined);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed).toEqual(expect.arrayContaining(created));
    const { Databases = [] } = await target.write.send(new ListDatabasesCommand({ MaxResults: 20 }));
    expect(Databases.length).toBeGreaterThan(0);
  });

  it('refuses a second database or table of the same name', async () => {
    const DatabaseName = target.databaseName;
    const TableName = await createTable(target);
    await expect(target.write.send(new CreateDatabaseCommand({ DatabaseName }))).rejects.toThrow(ConflictException);
    await expect(target.write.send(new CreateTableCommand({ DatabaseName, TableName }))).rejects.toThrow(
      ConflictException,
    );
  });

  it('forgets a table that is deleted', async () => {
    const table = { DatabaseName: target.databaseName, TableName: await createTable(target) };
    await target.write.send(new DeleteTableCommand(table));
    await expect(target.write.send(new DescribeTableCommand(table))).rejects.toThrow(ResourceNotFoundException);
  });

  it.each([
    ['MemoryStoreRetentionPeriodInHours', 8766, 8767],
    ['MagneticStoreRetentionPeriodInDays', 73_000, 73_001],
  ])('takes %s up to %i', async (property, limit, beyond) => {
    const retention = { MemoryStoreRetentionPeriodInHours: 1, MagneticStoreRetentionPeriodInDays: 1 };
    await createTable(target, { RetentionProperties: { ...retention, [property]: limit } });
    await expect(createTable(target, { RetentionProperties: { ...retention, [property]: beyond } })).rejects.toThrow(
      ValidationException,
    );
  });

  it.each([
    ['ab', false],
    ['abc', true],
    ['a'.repeat(256), true],
    ['a'.repeat(257), false],
    ['not a name', false],
  ])('tells whether %.20s can be the name of a table', async (TableName, valid) => {
    const created = target.write.send(new CreateTableCommand({ DatabaseName: target.databaseName, TableName }));
    await (valid ? created : expect(created).rejects.toThrow(ValidationException));
  });

  it('tells its address to Write and Query clients', async () => {
    const { Endpoints } = await target.write.send(new DescribeEndpointsCommand({}));
    expect(Endpoints?.[0]?.Address).toMatch(/\S/);
    expect(Endpoints?.[0]?.CachePeriodInMinutes).toBeGreaterThan(0);
    const answer = await target.query.send(new DescribeQueryEndpointsCommand({}));
    expect(answer.Endpoints?.[0]?.Address).toMatch(/\S/);
  });
});
