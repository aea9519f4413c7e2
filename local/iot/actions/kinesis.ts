import { compileTemplate } from '../sql/substitution.ts';
import type { ActionType } from './action.ts';
import { refuseUnknown, requireText } from '../../cloudformation/properties.ts';

/** Writes one record. Must queue it before it returns; resolves when the record is durable. */
export type PutRecord = (streamName: string, partitionKey: string, data: Buffer) => Promise<unknown>;

const WHERE = 'Kinesis action';

/** "Kinesis Data Streams" in the AWS IoT Core developer guide: one record per message, keyed by a template. */
export function kinesisAction(putRecord: PutRecord): ActionType {
  return {
    key: 'Kinesis',
    create(properties) {
      refuseUnknown(WHERE, properties, ['StreamName', 'PartitionKey', 'RoleArn']);
      requireText(WHERE, properties, 'RoleArn');
      const streamTemplate = requireText(WHERE, properties, 'StreamName');
      const keyTemplate = requireText(WHERE, properties, 'PartitionKey');
      const streamName = compileTemplate(streamTemplate);
      const partitionKey = compileTemplate(keyTemplate);
      return {
        name: 'KinesisAction',
        resource: streamTemplate,
        async run(output, message) {
          const key = partitionKey(message);
          if (key === '') {
            throw new Error(`PartitionKey ${keyTemplate} gives an empty key, which Kinesis does not take`);
          }
          await putRecord(streamName(message), key, output);
        },
      };
    },
  };
}
