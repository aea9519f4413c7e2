import { Aws, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnComponentVersion, CfnDeployment } from 'aws-cdk-lib/aws-greengrassv2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPolicy, CfnRoleAlias, CfnThingGroup } from 'aws-cdk-lib/aws-iot';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { corePolicyDocument } from './core-device-policy.ts';
import { artifactHash, edgeArtifact } from './edge-artifact.ts';
import { edgeRecipe, edgeVersion } from './edge-recipe.ts';
import { PROJECT } from './names.ts';

const GROUP_NAME = `${PROJECT}-gateways`;
const CORE_DEVICE = `${PROJECT}-core-device`;

/** How long a cabinet that has begun to update may take, over a slow line, until it counts as failed. */
const UPDATE_TIMEOUT_MINUTES = 60;

/**
 * Five cabinets a minute at first, twice as many after each five that succeeded; the whole is given up where of at least
 * five a fifth has failed. So a bad version reaches few junctions, and each of those goes back to the one before.
 */
const ROLLOUT = { perMinuteFirst: 5, perMinuteMax: 100, factor: 2, after: 5 };
const ABORT = { afterThings: 5, failedPercent: 20 };

interface EdgeStackProps extends StackProps {
  /** The unpacked artifact of the component; without one it is built. */
  readonly artifact?: string;
}

/** The gateway as a Greengrass component, its way into the city's cabinets, and what a cabinet may do in the account. */
export class EdgeStack extends Stack {
  readonly group: CfnThingGroup;

  constructor(scope: Construct, id: string, { artifact = edgeArtifact(), ...props }: EdgeStackProps) {
    super(scope, id, { description: 'cityweave: the gateways’ component and its deployment', ...props });

    const hash = artifactHash(artifact);
    const archive = new Asset(this, 'Archive', { path: artifact, assetHash: hash });
    const component = this.#component(archive, edgeVersion(hash));
    this.group = this.#deploy(component, edgeVersion(hash));
    this.#coreDevices(archive);

    new CfnOutput(this, 'GatewayGroupName', { value: this.group.ref });
    new CfnOutput(this, 'CoreDevicePolicyName', { value: CORE_DEVICE });
    new CfnOutput(this, 'CoreDeviceRoleAlias', { value: CORE_DEVICE });
  }

  #component(archive: Asset, version: string): CfnComponentVersion {
    const recipe = edgeRecipe(version, archive.s3ObjectUrl, archive.assetHash);
    return new CfnComponentVersion(this, 'Component', { inlineRecipe: this.toJsonString(recipe) });
  }

  /** To all cabinets of the group, those that join it later too. A cabinet that cannot start the component goes back. */
  #deploy(component: CfnComponentVersion, version: string): CfnThingGroup {
    const group = new CfnThingGroup(this, 'Gateways', {
      thingGroupName: GROUP_NAME,
      thingGroupProperties: { thingGroupDescription: 'Cabinets that run the gateway component' },
    });
    const { ComponentName: name } = edgeRecipe(version, '');
    const deployment = new CfnDeployment(this, 'Deployment', {
      targetArn: group.attrArn,
      deploymentName: GROUP_NAME,
      components: { [name]: { componentVersion: version } },
      deploymentPolicies: {
        failureHandlingPolicy: 'ROLLBACK',
        // The gateway keeps all it has taken on its disk, so any moment is as good as another.
        componentUpdatePolicy: { action: 'SKIP_NOTIFY_COMPONENTS' },
      },
      iotJobConfiguration: {
        jobExecutionsRolloutConfig: {
          exponentialRate: {
            baseRatePerMinute: ROLLOUT.perMinuteFirst,
            incrementFactor: ROLLOUT.factor,
            // CDK passes it through as it is, hence CloudFormation's spelling.
            rateIncreaseCriteria: { NumberOfSucceededThings: ROLLOUT.after },
          },
          maximumPerMinute: ROLLOUT.perMinuteMax,
        },
        abortConfig: {
          criteriaList: [
            {
              failureType: 'ALL',
              action: 'CANCEL',
              minNumberOfExecutedThings: ABORT.afterThings,
              thresholdPercentage: ABORT.failedPercent,
            },
          ],
        },
        timeoutConfig: { inProgressTimeoutInMinutes: UPDATE_TIMEOUT_MINUTES },
      },
    });
    deployment.addResourceDependency(component);
    return group;
  }

  /**
   * What a cabinet's certificate lets it do beyond the gateway's own policy, and the role whose rights it may borrow: to
   * read this one archive ("Authorize core devices to interact with AWS services").
   */
  #coreDevices(archive: Asset): void {
    const aliasArn = this.formatArn({ service: 'iot', resource: 'rolealias', resourceName: CORE_DEVICE });
    const role = new Role(this, 'TokenExchange', {
      description: 'Lets a cabinet fetch the gateway component',
      assumedBy: new ServicePrincipal('credentials.iot.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnEquals: { 'aws:SourceArn': aliasArn },
        },
      }),
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['s3:GetObject'],
        resources: [archive.bucket.arnForObjects(archive.s3ObjectKey)],
      }),
    );
    role.addToPolicy(new PolicyStatement({ actions: ['s3:GetBucketLocation'], resources: [archive.bucket.bucketArn] }));
    new CfnRoleAlias(this, 'RoleAlias', { roleAlias: CORE_DEVICE, roleArn: role.roleArn });
    new CfnPolicy(this, 'CoreDevicePolicy', {
      policyName: CORE_DEVICE,
      policyDocument: corePolicyDocument(this, aliasArn),
    });
  }
}
