import { Duration } from 'aws-cdk-lib';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import type { Construct } from 'constructs';
import type { Stage } from '../core/schema/city-config.ts';
import type { Deployment } from './deployment.ts';
import { PROJECT } from './names.ts';

interface CityStreamProps {
  readonly deployment: Deployment;
  /** Follows `cityweave-` in the stream's name, and names its number of shards in the configuration. */
  readonly name: keyof Stage['shards'];
}

/** A stream in the stage's capacity mode, encrypted under the key that AWS manages for Kinesis. */
export class CityStream extends Stream {
  constructor(scope: Construct, id: string, { deployment: { stage, removalPolicy }, name }: CityStreamProps) {
    super(scope, id, {
      streamName: `${PROJECT}-${name}`,
      ...(stage.streamMode === 'provisioned'
        ? { streamMode: StreamMode.PROVISIONED, shardCount: stage.shards[name] }
        : { streamMode: StreamMode.ON_DEMAND }),
      retentionPeriod: Duration.hours(stage.streamRetentionHours),
      encryption: StreamEncryption.MANAGED,
      removalPolicy,
    });
  }
}
