import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import type { CityFunction } from './city-function.ts';

/** Below `twin/`, of every zone and tile. */
const TOPICS = 'twin/*';

/** Lets a function publish live deltas, and nothing else. */
export function allowDeltas(publisher: CityFunction): void {
  const stack = Stack.of(publisher);
  publisher.allow(
    ['iot:Publish'],
    stack.formatArn({
      service: 'iot',
      resource: 'topic',
      resourceName: TOPICS,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    }),
  );
  Validations.of(publisher).acknowledge({
    id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iot:<AWS::Region>:<AWS::AccountId>:topic/${TOPICS}]`,
    reason: 'A delta’s topic names its zone and tile, and any tile may come to hold an asset.',
  });
}
