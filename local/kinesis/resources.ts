import type { CreatedResource, ResourceProvider, TemplateResource } from '../cloudformation/resource-provider.ts';
import { newStream, RECORD_KIB_MAX, RECORD_KIB_MIN, shardCountOf, streamModeDetails } from './create-stream.ts';
import { integer, list, object, oneOf, type Read, readInput, required, text } from './input.ts';
import { streamName } from './parameters.ts';
import { Refusal } from './refusal.ts';
import { RETENTION_HOURS_MAX, RETENTION_HOURS_MIN } from './retention-period.ts';
import type { Kinesis } from './service.ts';
import { type Stream, streamArn, type StreamDescription } from './stream.ts';
import type { Streams } from './streams.ts';

const KEY_ID_LENGTH_MAX = 2048;
const TAGS_MAX = 50;
const TAG_KEY_LENGTH_MAX = 128;
const TAG_VALUE_LENGTH_MAX = 256;

/** docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesis-stream.html */
const properties = {
  Name: streamName,
  ShardCount: integer(1, Number.MAX_SAFE_INTEGER),
  StreamModeDetails: streamModeDetails,
  RetentionPeriodHours: integer(RETENTION_HOURS_MIN, RETENTION_HOURS_MAX),
  StreamEncryption: object({
    EncryptionType: required(oneOf('KMS')),
    KeyId: required(text({ lengthMax: KEY_ID_LENGTH_MAX })),
  }),
  MaxRecordSizeInKiB: integer(RECORD_KIB_MIN, RECORD_KIB_MAX),
  Tags: list(
    {
      Key: required(text({ lengthMax: TAG_KEY_LENGTH_MAX })),
      Value: required(text({ lengthMin: 0, lengthMax: TAG_VALUE_LENGTH_MAX })),
    },
    0,
    TAGS_MAX,
  ),
};

/** Streams of the template. One that an earlier run left is taken up with its records. */
export function kinesisProviders({ streams }: Kinesis): ResourceProvider[] {
  return [{ type: 'AWS::Kinesis::Stream', create: (resource) => createResource(streams, resource) }];
}

async function createResource(streams: Streams, resource: TemplateResource): Promise<CreatedResource> {
  const wanted = describe(resource);
  const existing = streams.find(wanted.name);
  const stream = existing ? await adapt(streams, existing, wanted) : await streams.create(wanted);
  if (stream instanceof Refusal) throw problem(resource, stream.message);
  return { ref: wanted.name, attributes: { Arn: streamArn(stream) } };
}

type WantedStream = Omit<StreamDescription, 'createdAtMs'>;

function describe(resource: TemplateResource): WantedStream {
  const unknown = Object.keys(resource.properties).find((name) => !Object.hasOwn(properties, name));
  if (unknown) throw problem(resource, `the local cloud does not do the property ${unknown}`);
  const read = readInput(resource.properties, properties);
  if (read instanceof Refusal) throw problem(resource, read.message);
  // Without a mode CloudFormation makes a provisioned stream, of one shard unless told otherwise.
  const mode = read.StreamModeDetails?.StreamMode ?? 'PROVISIONED';
  const shardCount = shardCountOf(mode, read.ShardCount ?? (mode === 'PROVISIONED' ? 1 : undefined));
  if (shardCount instanceof Refusal) throw problem(resource, shardCount.message);

  const defaults = newStream(read.Name ?? `${resource.stackName}-${resource.logicalId}`, mode, shardCount);
  return {
    ...defaults,
    retentionHours: read.RetentionPeriodHours ?? defaults.retentionHours,
    maxRecordKiB: read.MaxRecordSizeInKiB ?? defaults.maxRecordKiB,
    encryption: encryptionOf(read),
    tags: Object.fromEntries((read.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
  };
}

function encryptionOf({ StreamEncryption }: Read<typeof properties>): StreamDescription['encryption'] {
  return StreamEncryption ? { type: 'KMS', keyId: StreamEncryption.KeyId } : { type: 'NONE' };
}

/** Gives a stream of an earlier run what the template says now; its shards stay as they are. */
async function adapt(streams: Streams, stream: Stream, wanted: WantedStream): Promise<Stream | Refusal> {
  const { mode, shardCount } = stream.description;
  if (mode !== wanted.mode || shardCount !== wanted.shardCount) {
    return new Refusal(
      'ResourceInUseException',
      `${wanted.name} of an earlier run is ${mode} with ${shardCount} shards, the template wants ${wanted.mode} with ` +
        `${wanted.shardCount}; start with --fresh to make it anew`,
    );
  }
  const { retentionHours, maxRecordKiB, encryption, tags } = wanted;
  await streams.change(stream, { retentionHours, maxRecordKiB, encryption, tags });
  return stream;
}

function problem({ logicalId, stackName }: TemplateResource, message: string): Error {
  return new Error(`stream ${logicalId} of ${stackName}: ${message}`);
}
