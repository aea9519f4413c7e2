import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { type IPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { PROJECT } from '../names.ts';

/** Those that may publish, of this account only. */
const PUBLISHERS = ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'];

/**
 * Where alarms and the budget say what they have to say. The key is the stack's own, because the policy of the one that
 * AWS manages for SNS lets no service use it; it holds nothing that outlives a message, so it goes with the stack.
 */
export class Notifications extends Topic {
  constructor(scope: Construct, id: string, email: string | undefined) {
    const key = new Key(scope, `${id}Key`, {
      description: 'Encrypts notifications to operators',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, id, { topicName: `${PROJECT}-operations`, masterKey: key, enforceSSL: true });
    const principals = PUBLISHERS.map((service) => ofThisAccount(service));
    key.addToResourcePolicy(
      new PolicyStatement({ principals, actions: ['kms:Decrypt', 'kms:GenerateDataKey*'], resources: ['*'] }),
    );
    this.addToResourcePolicy(new PolicyStatement({ principals, actions: ['sns:Publish'], resources: [this.topicArn] }));
    if (email !== undefined) this.addSubscription(new EmailSubscription(email));
  }
}

function ofThisAccount(service: string): IPrincipal {
  return new ServicePrincipal(service, { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } });
}
