import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { CommandError } from '../command-error.ts';
import { localAws } from '../local-aws.ts';
import type { Target } from '../target.ts';

export const TWINS_TABLE = 'cityweave-twins';
export const REJECTS_TABLE = 'cityweave-rejects';
export const INGEST_STREAM = 'cityweave-ingest';
export const OBSERVATIONS_STREAM = 'cityweave-observations';

/** Account and region of the local cloud, which are part of the names of its buckets. */
const LOCAL_PLACE = '000000000000-us-east-1';

/** The target's AWS APIs, for commands that read its stores themselves. */
export interface CityStores {
  /** Undefined for AWS itself. */
  readonly endpoint: string | undefined;
  readonly dynamodb: DynamoDBClient;
  readonly kinesis: KinesisClient;
  readonly s3: S3Client;
  /** The name of a bucket of the project, such as `archive`. */
  bucket(name: string): Promise<string>;
  close(): void;
}

export function openStores({ awsEndpoint: endpoint }: Pick<Target, 'awsEndpoint'>): CityStores {
  const settings = endpoint ? localAws(endpoint) : {};
  const [dynamodb, kinesis] = [new DynamoDBClient(settings), new KinesisClient(settings)];
  const s3 = new S3Client(endpoint ? { ...settings, forcePathStyle: true } : {});
  return {
    endpoint,
    dynamodb,
    kinesis,
    s3,
    bucket: async (name) => `cityweave-${name}-${endpoint ? LOCAL_PLACE : await placeAtAws()}`,
    close() {
      dynamodb.destroy();
      kinesis.destroy();
      s3.destroy();
    },
  };
}

/** Throws a `CommandError` where nobody has answered at all, which the SDK says in many ways. */
export function refuseSilence({ endpoint }: CityStores, error: unknown): void {
  const { $metadata: metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  if (metadata?.httpStatusCode !== undefined) return;
  throw new CommandError(`no answer from ${endpoint ?? 'AWS'}: if that is a local cloud, start it with npm start`, {
    cause: error,
  });
}

async function placeAtAws(): Promise<string> {
  const sts = new STSClient({});
  try {
    const { Account: account } = await sts.send(new GetCallerIdentityCommand({}));
    return `${account}-${await sts.config.region()}`;
  } catch (cause) {
    throw new CommandError('AWS does not say whose account this is: look at AWS_PROFILE and AWS_REGION', { cause });
  } finally {
    sts.destroy();
  }
}
