/** Databases and tables of a template. What an earlier run left is taken up, with the template's retention. */

import { createHash } from 'node:crypto';
import type { CreatedResource, ResourceProvider, TemplateResource } from '../cloudformation/resource-provider.ts';
import type { AwsService } from '../gateway/aws-service.ts';
import { databaseArn, tableArn } from './write/operation.ts';

/** Read by nothing locally: encryption, tags, and how AWS partitions a table. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(['KmsKeyId', 'Tags', 'Schema']);

const GENERATED_NAME_LENGTH_MAX = 64;
const NAME_SUFFIX_LENGTH = 8;

export function databaseProvider(service: AwsService): ResourceProvider {
  return {
    type: 'AWS::Timestream::Database',
    async create(resource) {
      requireKnownProperties(resource, ['DatabaseName']);
      const name = nameOf(resource, 'DatabaseName');
      await call(service, 'CreateDatabase', { DatabaseName: name }, 'ConflictException');
      return { ref: name, attributes: { Arn: databaseArn(name) } };
    },
  };
}

export function tableProvider(service: AwsService): ResourceProvider {
  return {
    type: 'AWS::Timestream::Table',
    async create(resource): Promise<CreatedResource> {
      requireKnownProperties(resource, [
        'DatabaseName',
        'TableName',
        'RetentionProperties',
        'MagneticStoreWriteProperties',
      ]);
      const { DatabaseName, RetentionProperties, MagneticStoreWriteProperties } = resource.properties;
      const databaseName = String(DatabaseName);
      const name = nameOf(resource, 'TableName');
      const input = {
        DatabaseName: databaseName,
        TableName: name,
        // CloudFormation's defaults, so that what an earlier template said does not stay.
        RetentionProperties: RetentionProperties ?? {},
        MagneticStoreWriteProperties: MagneticStoreWriteProperties ?? { EnableMagneticStoreWrites: false },
      };
      const exists = await call(service, 'CreateTable', input, 'ConflictException');
      if (exists) {
        await call(service, 'UpdateTable', input);
      }
      return { ref: `${databaseName}|${name}`, attributes: { Arn: tableArn(databaseName, name), Name: name } };
    },
  };
}

function requireKnownProperties({ properties, type, logicalId }: TemplateResource, known: readonly string[]): void {
  const unknown = Object.keys(properties).find((name) => !known.includes(name) && !WITHOUT_EFFECT.has(name));
  if (unknown !== undefined) {
    throw new Error(`${type} ${logicalId} has the property ${unknown}, which the local cloud does not know`);
  }
}

/** The name in the template, else one that is the same in every run. */
function nameOf({ properties, stackName, logicalId }: TemplateResource, property: string): string {
  const name = properties[property];
  if (typeof name === 'string') {
    return name;
  }
  const suffix = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex').slice(0, NAME_SUFFIX_LENGTH);
  return `${`${stackName}-${logicalId}`.slice(0, GENERATED_NAME_LENGTH_MAX)}-${suffix}`;
}

/** Returns whether the service answered with the error that was to be expected; throws for any other. */
async function call(service: AwsService, operation: string, input: object, expectedError?: string): Promise<boolean> {
  const body = Buffer.from(JSON.stringify(input));
  const answer = await service.handle({ method: 'POST', url: '/', headers: {}, operation, body });
  if (answer.status === 200) {
    return false;
  }
  const { __type, Message } = JSON.parse(answer.body.toString()) as { __type: string; Message: string };
  if (expectedError !== undefined && __type.endsWith(`#${expectedError}`)) {
    return true;
  }
  throw new Error(`Timestream ${operation} failed: ${Message}`);
}
