import { describe, expect, it, onTestFinished } from 'vitest';
import type { CreatedResource, TemplateResource } from '../../../local/cloudformation/resource-provider.ts';
import { kinesisProviders } from '../../../local/kinesis/resources.ts';
import { createKinesis, type Kinesis } from '../../../local/kinesis/service.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const TYPE = 'AWS::Kinesis::Stream';

async function open(directory: string): Promise<Kinesis> {
  const kinesis = await createKinesis({ directory });
  onTestFinished(() => kinesis.close().catch(() => undefined));
  return kinesis;
}

async function create(kinesis: Kinesis, properties: Readonly<Record<string, unknown>>): Promise<CreatedResource> {
  const provider = kinesisProviders(kinesis).find(({ type }) => type === TYPE);
  if (!provider) throw new Error(`no provider of ${TYPE}`);
  const resource: TemplateResource = {
    stackName: 'Ingest',
    logicalId: 'Stream',
    type: TYPE,
    properties,
    metadata: {},
    assemblyDirectory: '',
  };
  return provider.create(resource);
}

describe('a stream of the template', () => {
  it('is made as its properties say, and named by Ref and Arn', async () => {
    const kinesis = await open(await temporaryDirectory());
    const created = await create(kinesis, {
      Name: 'ingest',
      ShardCount: 2,
      StreamModeDetails: { StreamMode: 'PROVISIONED' },
      RetentionPeriodHours: 168,
      StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' },
      Tags: [{ Key: 'team', Value: 'city' }],
    });
    expect(created).toEqual({
      ref: 'ingest',
      attributes: { Arn: 'arn:aws:kinesis:us-east-1:000000000000:stream/ingest' },
    });
    expect(kinesis.streams.find('ingest')?.description).toMatchObject({
      mode: 'PROVISIONED',
      shardCount: 2,
      retentionHours: 168,
      encryption: { type: 'KMS', keyId: 'alias/aws/kinesis' },
      tags: { team: 'city' },
    });
  });

  it('has four shards on demand and one by default, and a name of its own where it has none', async () => {
    const kinesis = await open(await temporaryDirectory());
    await create(kinesis, { Name: 'on-demand', StreamModeDetails: { StreamMode: 'ON_DEMAND' } });
    expect(kinesis.shardIds('on-demand')).toHaveLength(4);
    expect(await create(kinesis, {})).toMatchObject({ ref: 'Ingest-Stream' });
    expect(kinesis.shardIds('Ingest-Stream')).toHaveLength(1);
  });

  it('is taken up from an earlier run with its records and new settings', async () => {
    const directory = await temporaryDirectory();
    const before = await open(directory);
    await create(before, { Name: 'ingest', ShardCount: 1 });
    await before.putRecord('ingest', 'k', Buffer.from('kept'));
    await before.close();

    const after = await open(directory);
    await create(after, { Name: 'ingest', ShardCount: 1, RetentionPeriodHours: 48 });
    const [shardId = ''] = after.shardIds('ingest');
    const [record] = await after.readAfter('ingest', shardId, undefined, { recordsMax: 1, bytesMax: 1000 });
    expect(record?.data.toString()).toBe('kept');
    expect(after.streams.find('ingest')?.description.retentionHours).toBe(48);
  });

  it('is not cut to another number of shards in silence', async () => {
    const kinesis = await open(await temporaryDirectory());
    await create(kinesis, { Name: 'ingest', ShardCount: 2 });
    await expect(create(kinesis, { Name: 'ingest', ShardCount: 3 })).rejects.toThrow('--fresh');
  });

  it.each([
    [{ DesiredShardLevelMetrics: ['ALL'] }, 'DesiredShardLevelMetrics'],
    [{ RetentionPeriodHours: 23 }, 'RetentionPeriodHours'],
    [{ RetentionPeriodHours: 8761 }, 'RetentionPeriodHours'],
    [{ ShardCount: 2, StreamModeDetails: { StreamMode: 'ON_DEMAND' } }, 'ShardCount'],
    [{ StreamEncryption: { EncryptionType: 'NONE' } }, 'EncryptionType'],
  ])('is refused with %j, by the name of the property', async (properties, name) => {
    const kinesis = await open(await temporaryDirectory());
    await expect(create(kinesis, properties)).rejects.toThrow(name);
  });
});
