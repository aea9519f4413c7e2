import { Validations } from 'aws-cdk-lib';
import { type Attribute, AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { Deployment } from './deployment.ts';
import { PROJECT } from './names.ts';

interface CityTableProps {
  readonly deployment: Deployment;
  /** Follows `cityweave-` in the table's name. */
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey?: string;
  /** Attribute that holds the second, since the epoch, after which an item is gone. */
  readonly expiresAt?: string;
}

/** A table that is paid by use, encrypted under the key that AWS manages for DynamoDB, and protected where the stage is. */
export class CityTable extends Table {
  constructor(scope: Construct, id: string, { deployment, name, partitionKey, sortKey, expiresAt }: CityTableProps) {
    super(scope, id, {
      tableName: `${PROJECT}-${name}`,
      partitionKey: text(partitionKey),
      ...(sortKey ? { sortKey: text(sortKey) } : {}),
      ...(expiresAt ? { timeToLiveAttribute: expiresAt } : {}),
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: deployment.protectsData },
      deletionProtection: deployment.protectsData,
      removalPolicy: deployment.removalPolicy,
    });
    if (!deployment.protectsData) {
      Validations.of(this).acknowledge({
        id: 'AwsSolutions-DDB3',
        reason: 'The stage gives its tables up with their stack, so there is nothing to restore them for.',
      });
    }
  }
}

/** A key of kind S. */
export function text(name: string): Attribute {
  return { name, type: AttributeType.STRING };
}
