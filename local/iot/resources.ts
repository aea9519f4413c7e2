import type { ResourceProvider, TemplateResource } from '../cloudformation/resource-provider.ts';
import { localArn } from '../aws.ts';
import type { ActionType } from './actions/action.ts';
import { refuseUnknown } from './actions/properties.ts';
import { defineRule } from './rule-definition.ts';
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
      return { ref: name, attributes: { Arn: localArn('iot', `rule/${name}`) } };
    },
  };
}

/** A rule without a name gets one from its place in the template, in the characters that a rule may have. */
function ruleNameOf({ stackName, logicalId, properties }: TemplateResource): string {
  return typeof properties.RuleName === 'string'
    ? properties.RuleName
    : `${stackName}_${logicalId}`.replaceAll(/\W/g, '_');
}
