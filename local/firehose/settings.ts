import type { TemplateResource } from '../cloudformation/resource-provider.ts';
import { refuseUnknown, requireObject, requireText } from '../cloudformation/properties.ts';
import { isRecord } from '../is-record.ts';
import { compilePrefix, type Prefix } from './object-name.ts';

export interface DeliveryStreamSettings {
  readonly name: string;
  /** Undefined where producers put records themselves. */
  readonly sourceStreamArn: string | undefined;
  readonly bucket: string;
  readonly prefix: Prefix;
  readonly bufferBytes: number;
  readonly bufferMs: number;
  readonly isCompressed: boolean;
  /** With its dot, such as `.gz`. */
  readonly extension: string;
}

type Properties = Readonly<Record<string, unknown>>;

const MIB = 1024 * 1024;

/** docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html */
const BUFFER_MIB = { min: 1, max: 128, default: 5 };
const BUFFER_S = { min: 0, max: 900, default: 300 };

/**
 * What a delivery stream of the template is to do. Throws with the name of a property that the local cloud does not do.
 * Who may deliver, how objects are encrypted and where failures are logged does not show on one machine.
 */
export function readSettings({ logicalId, stackName, properties }: TemplateResource): DeliveryStreamSettings {
  const where = `delivery stream ${logicalId}`;
  refuseUnknown(where, properties, [
    'DeliveryStreamEncryptionConfigurationInput',
    'DeliveryStreamName',
    'DeliveryStreamType',
    'ExtendedS3DestinationConfiguration',
    'KinesisStreamSourceConfiguration',
    'Tags',
  ]);
  const { DeliveryStreamName: name, ExtendedS3DestinationConfiguration: destination } = properties;
  return {
    name: typeof name === 'string' ? name : `${stackName}-${logicalId}`,
    sourceStreamArn: readSource(where, properties),
    ...readDestination(
      `${where}: ExtendedS3DestinationConfiguration`,
      requireObject(`${where}: ExtendedS3DestinationConfiguration`, destination),
    ),
  };
}

function readSource(where: string, properties: Properties): string | undefined {
  const { DeliveryStreamType: type = 'DirectPut', KinesisStreamSourceConfiguration: source } = properties;
  if (type === 'DirectPut' && source === undefined) {
    return undefined;
  }
  if (type !== 'KinesisStreamAsSource') {
    throw new Error(`${where}: DeliveryStreamType is ${String(type)}; expected DirectPut or KinesisStreamAsSource`);
  }
  return requireText(where, requireObject(`${where}: KinesisStreamSourceConfiguration`, source), 'KinesisStreamARN');
}

type Destination = Omit<DeliveryStreamSettings, 'name' | 'sourceStreamArn'>;

function readDestination(where: string, destination: Properties): Destination {
  refuseUnknown(where, destination, [
    'BucketARN',
    'BufferingHints',
    'CloudWatchLoggingOptions',
    'CompressionFormat',
    'CustomTimeZone',
    'DynamicPartitioningConfiguration',
    'EncryptionConfiguration',
    'ErrorOutputPrefix',
    'FileExtension',
    'Prefix',
    'ProcessingConfiguration',
    'RoleARN',
    'S3BackupMode',
  ]);
  refuseEnabled(where, destination, 'DynamicPartitioningConfiguration');
  refuseEnabled(where, destination, 'ProcessingConfiguration');
  const {
    CompressionFormat: format = 'UNCOMPRESSED',
    CustomTimeZone: timeZone = 'UTC',
    S3BackupMode: backup,
  } = destination;
  if (format !== 'UNCOMPRESSED' && format !== 'GZIP') {
    throw new Error(`${where}: CompressionFormat is ${String(format)}; the local cloud does GZIP and UNCOMPRESSED`);
  }
  if (timeZone !== 'UTC' || (backup !== undefined && backup !== 'Disabled')) {
    throw new Error(`${where}: the local cloud names objects in UTC and keeps no backup of the source`);
  }
  const isCompressed = format === 'GZIP';
  const { FileExtension: extension = isCompressed ? '.gz' : '', Prefix: prefix = '' } = destination;
  const hints = isRecord(destination.BufferingHints) ? destination.BufferingHints : {};
  return {
    bucket: readBucket(where, destination),
    prefix: compilePrefix(String(prefix)),
    bufferBytes: readHint(where, hints, 'SizeInMBs', BUFFER_MIB) * MIB,
    bufferMs: readHint(where, hints, 'IntervalInSeconds', BUFFER_S) * 1000,
    isCompressed,
    extension: String(extension),
  };
}

function readBucket(where: string, destination: Properties): string {
  const arn = requireText(where, destination, 'BucketARN');
  const [, bucket] = /^arn:[^:]+:s3:::([^/]+)$/.exec(arn) ?? [];
  if (bucket === undefined) {
    throw new Error(`${where}: BucketARN is ${arn}; expected the ARN of a bucket`);
  }
  return bucket;
}

function readHint(where: string, hints: Properties, name: string, range: typeof BUFFER_S): number {
  const value = hints[name] ?? range.default;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < range.min || value > range.max) {
    throw new Error(
      `${where}: ${name} is ${JSON.stringify(value)}; expected an integer from ${range.min} to ${range.max}`,
    );
  }
  return value;
}

function refuseEnabled(where: string, destination: Properties, name: string): void {
  const configuration = destination[name];
  if (isRecord(configuration) && configuration.Enabled === true) {
    throw new Error(`${where}: ${name} is not supported by the local cloud`);
  }
}
