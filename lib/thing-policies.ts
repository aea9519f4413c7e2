import { Stack } from 'aws-cdk-lib';
import { CfnPolicy, CfnThingType } from 'aws-cdk-lib/aws-iot';
import { Construct } from 'constructs';
import { THING_ATTRIBUTES, type ThingAttribute, type ThingKind, thingKindName } from './thing-kinds.ts';

const THING_NAME = '${iot:Connection.Thing.ThingName}';

/** What the registry says of the thing, which no payload can change. */
function attribute(name: ThingAttribute): string {
  return `\${iot:Connection.Thing.Attributes[${name}]}`;
}

interface Rights {
  readonly description: string;
  /** Topics, with `*` for any characters. */
  readonly publish: readonly string[];
  /** Topics that it receives, and filters that it subscribes to. */
  readonly receive: readonly string[];
}

/**
 * Who may say what. `+` and `#` stand for themselves in a policy, so a thing whose registered zone were `+` would gain
 * nothing; a variable without a value matches nothing, so a thing without an attribute is silent on its topics. The
 * client id itself is never a variable here: a client chooses it.
 */
const RIGHTS: Readonly<Record<ThingKind, Rights>> = {
  device: {
    description: 'Speaks for one asset',
    publish: [`dt/${attribute('zone')}/${attribute('assetType')}/${attribute('asset')}/${THING_NAME}`],
    receive: [],
  },
  gateway: {
    description: 'Sends the frames of the sensors behind it',
    publish: [
      ...['cityweave_ingest', 'cityweave_critical'].flatMap((rule) => {
        const frames = `$aws/rules/${rule}/dt/${attribute('zone')}/gateway/${THING_NAME}/frames`;
        return [frames, `${frames}/fec`];
      }),
      `cmd/${attribute('zone')}/gateway/${THING_NAME}/uploads/request`,
    ],
    receive: [`cmd/${attribute('zone')}/gateway/${THING_NAME}/*`],
  },
  bridge: {
    description: 'Carries what devices of another network say: legacy sensors of one kind, or one LoRaWAN',
    publish: [`sensors/${attribute('kind')}/*`, `lorawan/${attribute('network')}/*`],
    receive: [],
  },
};

/** Thing types and policies. A certificate gets its policy where the thing is made: by an operator, or by claim. */
export class ThingPolicies extends Construct {
  readonly policies: Readonly<Record<ThingKind, CfnPolicy>>;
  readonly types: Readonly<Record<ThingKind, CfnThingType>>;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const typeOf = (kind: ThingKind): CfnThingType =>
      new CfnThingType(this, `${title(kind)}Type`, {
        thingTypeName: thingKindName(kind),
        thingTypeProperties: {
          thingTypeDescription: RIGHTS[kind].description,
          searchableAttributes: [...THING_ATTRIBUTES[kind]],
        },
      });
    const policyOf = (kind: ThingKind): CfnPolicy =>
      new CfnPolicy(this, `${title(kind)}Policy`, {
        policyName: thingKindName(kind),
        policyDocument: policyDocument(Stack.of(this), RIGHTS[kind]),
      });
    this.types = { device: typeOf('device'), gateway: typeOf('gateway'), bridge: typeOf('bridge') };
    this.policies = { device: policyOf('device'), gateway: policyOf('gateway'), bridge: policyOf('bridge') };
  }
}

/** A client connects under the name of a thing that its certificate is attached to, and under no other. */
function policyDocument(stack: Stack, { publish, receive }: Rights): object {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'iot:Connect',
        Resource: iotArn(stack, 'client', THING_NAME),
        Condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } },
      },
      // One each: a variable without a value may take its whole statement away ("IAM policy elements: Variables and
      // tags" in the IAM user guide), and a bridge has one of its two attributes.
      ...publish.flatMap((topic) => allow('iot:Publish', iotArns(stack, 'topic', [topic]))),
      ...allow('iot:Subscribe', iotArns(stack, 'topicfilter', receive)),
      ...allow('iot:Receive', iotArns(stack, 'topic', receive)),
    ],
  };
}

/** A statement, or none where there is nothing to allow. */
export function allow(action: string, resources: readonly string[]): object[] {
  return resources.length === 0 ? [] : [{ Effect: 'Allow', Action: action, Resource: [...resources] }];
}

/** ARNs of the message broker's resources, in this stack's account and region. */
export function iotArns(
  stack: Stack,
  resource: 'client' | 'topic' | 'topicfilter',
  names: readonly string[],
): string[] {
  return names.map((name) => iotArn(stack, resource, name));
}

function iotArn(stack: Stack, resource: string, resourceName: string): string {
  return stack.formatArn({ service: 'iot', resource, resourceName });
}

function title(kind: ThingKind): string {
  return `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
}
