import { compileTemplate } from '../sql/substitution.ts';
import type { ActionType } from './action.ts';
import { refuseUnknown, requireText } from '../../cloudformation/properties.ts';

/** Writes one object, over another of that key if there is one; resolves when it is durable. */
export type PutObject = (bucketName: string, key: string, body: Buffer) => Promise<unknown>;

const WHERE = 'S3 action';

/** "S3" in the AWS IoT Core developer guide: one object per message. `CannedAcl` is refused: access is the bucket's. */
export function s3Action(putObject: PutObject): ActionType {
  return {
    key: 'S3',
    create(properties) {
      refuseUnknown(WHERE, properties, ['BucketName', 'Key', 'RoleArn']);
      requireText(WHERE, properties, 'RoleArn');
      const bucketTemplate = requireText(WHERE, properties, 'BucketName');
      const keyTemplate = requireText(WHERE, properties, 'Key');
      const bucketName = compileTemplate(bucketTemplate);
      const objectKey = compileTemplate(keyTemplate);
      return {
        name: 'S3Action',
        resource: bucketTemplate,
        async run(output, message) {
          const key = objectKey(message);
          if (key === '') {
            throw new Error(`Key ${keyTemplate} gives an empty key, which S3 does not take`);
          }
          await putObject(bucketName(message), key, output);
        },
      };
    },
  };
}
