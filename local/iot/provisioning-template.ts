import { localArn } from '../aws.ts';
import type { ResourceProvider } from '../cloudformation/resource-provider.ts';
import { isRecord } from '../is-record.ts';
import { refuseUnknown, requireObject, requireText } from '../cloudformation/properties.ts';

type Properties = Readonly<Record<string, unknown>>;

/** A fleet provisioning template: what becomes of a device that has a claim. */
export interface ProvisioningTemplate {
  readonly name: string;
  readonly arn: string;
  readonly hookArn: string;
  /** Names of the parameters that it declares. */
  readonly parameters: readonly string[];
  readonly thing: { readonly name: unknown; readonly typeName: unknown; readonly attributes: Properties };
  readonly policyName: string;
}

const PROPERTIES = [
  'TemplateName',
  'TemplateType',
  'Description',
  'Enabled',
  'ProvisioningRoleArn',
  'PreProvisioningHook',
  'TemplateBody',
  'Tags',
];

/**
 * `AWS::IoT::ProvisioningTemplate`, as far as fleet provisioning with a hook goes: one thing, one certificate, one
 * policy by its name ("Provisioning templates" in the AWS IoT Core developer guide). One that is disabled is not added.
 */
export function provisioningTemplateProvider(templates: Map<string, ProvisioningTemplate>): ResourceProvider {
  return {
    type: 'AWS::IoT::ProvisioningTemplate',
    async create({ properties, logicalId }) {
      const where = `provisioning template ${logicalId}`;
      refuseUnknown(where, properties, PROPERTIES);
      if (properties.TemplateType !== 'FLEET_PROVISIONING') {
        throw new Error(`${where}: TemplateType must be FLEET_PROVISIONING, got ${String(properties.TemplateType)}`);
      }
      const name = requireText(where, properties, 'TemplateName');
      const arn = localArn('iot', `provisioningtemplate/${name}`);
      const hook = requireObject(`${where}: PreProvisioningHook`, properties.PreProvisioningHook);
      const body: unknown = JSON.parse(requireText(where, properties, 'TemplateBody'));
      if (properties.Enabled === true) {
        templates.set(name, { name, arn, hookArn: requireText(where, hook, 'TargetArn'), ...readBody(where, body) });
      }
      return { ref: name, attributes: { TemplateArn: arn } };
    },
  };
}

function readBody(where: string, source: unknown): Pick<ProvisioningTemplate, 'parameters' | 'thing' | 'policyName'> {
  const { Parameters, Resources } = requireObject(`${where}: TemplateBody`, source);
  const resources = Object.values(requireObject(`${where}: Resources`, Resources)).filter(isRecord);
  const propertiesOf = (type: string): Properties => {
    const found = resources.filter(({ Type }) => Type === type);
    if (found.length !== 1) {
      throw new Error(`${where}: TemplateBody must have one ${type}, got ${found.length}`);
    }
    return requireObject(`${where}: ${type}`, found[0]?.Properties);
  };
  const overrides = resources.find(({ Type }) => Type === 'AWS::IoT::Thing')?.OverrideSettings;
  if (!isRecord(overrides) || Object.values(overrides).some((setting) => setting !== 'FAIL')) {
    throw new Error(
      `${where}: OverrideSettings of the thing must be FAIL; the local cloud changes no thing that exists`,
    );
  }
  const thing = propertiesOf('AWS::IoT::Thing');
  return {
    parameters: Object.keys(requireObject(`${where}: Parameters`, Parameters)),
    thing: {
      name: thing.ThingName,
      typeName: thing.ThingTypeName,
      attributes: requireObject(`${where}: AttributePayload`, thing.AttributePayload),
    },
    policyName: requireText(where, propertiesOf('AWS::IoT::Policy'), 'PolicyName'),
  };
}

/** Replaces `{"Ref": "Parameter"}`; undefined where the parameter has no value. */
export function resolveText(source: unknown, parameters: Readonly<Record<string, string>>): string | undefined {
  return isRecord(source) ? parameters[String(source.Ref)] : String(source);
}
