import type { ResourceProvider, TemplateResource } from '../cloudformation/resource-provider.ts';
import { localArn } from '../aws.ts';
import type { ActionType } from './actions/action.ts';
import { refuseUnknown, requireText } from '../cloudformation/properties.ts';
import type { Authorizer } from './authorizers.ts';
import { readPolicy } from './policy/document.ts';
import type { Registry } from './registry.ts';
import { defineRule, ruleArn } from './rule-definition.ts';
import type { Rules } from './rules.ts';

/** `AWS::IoT::TopicRule`; rules live as long as the process and are made anew from the template at each start. */
export function topicRuleProvider(rules: Rules, actionTypes: readonly ActionType[]): ResourceProvider {
  return {
    type: 'AWS::IoT::TopicRule',
    async create(resource) {
      const { properties, logicalId } = resource;
      refuseUnknown(`topic rule ${logicalId}`, properties, ['RuleName', 'TopicRulePayload', 'Tags']);
      const name = ruleNameOf(resource);
      rules.add(defineRule(name, properties.TopicRulePayload, actionTypes));
      return { ref: name, attributes: { Arn: ruleArn(name) } };
    },
  };
}

/** A rule without a name gets one from its place in the template, in the characters that a rule may have. */
function ruleNameOf({ stackName, logicalId, properties }: TemplateResource): string {
  return typeof properties.RuleName === 'string'
    ? properties.RuleName
    : `${stackName}_${logicalId}`.replaceAll(/\W/g, '_');
}

/** `AWS::IoT::Policy`, made anew from the template at each start; what it is attached to is kept. */
export function policyProvider(registry: Registry): ResourceProvider {
  return {
    type: 'AWS::IoT::Policy',
    async create({ properties, logicalId }) {
      const where = `policy ${logicalId}`;
      refuseUnknown(where, properties, ['PolicyName', 'PolicyDocument', 'Tags']);
      const name = requireText(where, properties, 'PolicyName');
      registry.policies.set(name, readPolicy(properties.PolicyDocument));
      return { ref: name, attributes: { Arn: localArn('iot', `policy/${name}`), Id: name } };
    },
  };
}

export function thingTypeProvider(registry: Registry): ResourceProvider {
  return {
    type: 'AWS::IoT::ThingType',
    async create({ properties, logicalId }) {
      const name = requireText(`thing type ${logicalId}`, properties, 'ThingTypeName');
      registry.thingTypes.add(name);
      return { ref: name, attributes: { Arn: localArn('iot', `thingtype/${name}`), Id: name } };
    },
  };
}

const AUTHORIZER_PROPERTIES = [
  'AuthorizerName',
  'AuthorizerFunctionArn',
  'SigningDisabled',
  'Status',
  'TokenKeyName',
  'EnableCachingForHttp',
  'Tags',
];

/** `AWS::IoT::Authorizer` without a signature of the token; one that is not active lets nobody in, so is not added. */
export function authorizerProvider(authorizers: Map<string, Authorizer>): ResourceProvider {
  return {
    type: 'AWS::IoT::Authorizer',
    async create({ properties, logicalId }) {
      const where = `authorizer ${logicalId}`;
      refuseUnknown(where, properties, AUTHORIZER_PROPERTIES);
      const name = requireText(where, properties, 'AuthorizerName');
      const functionArn = requireText(where, properties, 'AuthorizerFunctionArn');
      if (properties.SigningDisabled !== true) {
        throw new Error(`${where}: SigningDisabled must be true; the local cloud checks no signatures of tokens`);
      }
      const { TokenKeyName } = properties;
      if (properties.Status !== 'INACTIVE') {
        const tokenKeyName = typeof TokenKeyName === 'string' ? TokenKeyName : undefined;
        authorizers.set(name, { name, functionArn, tokenKeyName });
      }
      return { ref: name, attributes: { Arn: localArn('iot', `authorizer/${name}`) } };
    },
  };
}
