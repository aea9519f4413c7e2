import type { TemplateResource } from '../cloudformation/resource-provider.ts';
import { LOCAL_ACCOUNT } from '../aws.ts';

/** A statement of a function's resource-based policy: who may invoke it, and on behalf of what. */
export interface Permission {
  /** A service such as `s3.amazonaws.com`, an account, the ARN of an identity, or `*`. */
  readonly principal: string;
  /** With `*` and `?` in any of its parts; undefined for any resource of the principal. */
  readonly sourceArn: string | undefined;
}

const INVOKE_ACTIONS = new Set(['lambda:InvokeFunction', 'lambda:*', '*']);

/** Conditions that would narrow a statement, but that nothing here looks at. */
const REFUSED_PROPERTIES = ['EventSourceToken', 'PrincipalOrgID', 'FunctionUrlAuthType', 'InvokedViaFunctionUrl'];

/**
 * Reads an `AWS::Lambda::Permission`; undefined when it grants something else than to invoke, or to another account.
 * Throws with the property's name when it sets a condition that is not looked at.
 * docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-permission.html
 */
export function readPermission({ logicalId, properties }: TemplateResource): Permission | undefined {
  const refused = REFUSED_PROPERTIES.find((property) => properties[property] !== undefined);
  if (refused !== undefined) {
    throw new Error(`permission ${logicalId}: ${refused} is not supported by the local cloud`);
  }
  const { SourceAccount: account = LOCAL_ACCOUNT, SourceArn: sourceArn } = properties;
  if (sourceArn !== undefined && typeof sourceArn !== 'string') {
    throw new Error(`permission ${logicalId}: SourceArn is ${JSON.stringify(sourceArn)}; expected an ARN`);
  }
  const isGranted = INVOKE_ACTIONS.has(String(properties.Action)) && account === LOCAL_ACCOUNT;
  return isGranted ? { principal: String(properties.Principal), sourceArn } : undefined;
}

/** Whether a statement allows that principal to invoke on behalf of that resource. */
export function grants(permission: Permission, principal: string, sourceArn: string): boolean {
  return (
    (permission.principal === principal || permission.principal === '*') &&
    (permission.sourceArn === undefined || isArnLike(sourceArn, permission.sourceArn))
  );
}

const ARN_PARTS = 6;

/**
 * The condition operator ArnLike: each of an ARN's six parts by itself, `*` for any characters and `?` for one.
 * docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
function isArnLike(arn: string, pattern: string): boolean {
  const patternParts = partsOf(pattern);
  return partsOf(arn).every((part, index) => globToRegExp(patternParts[index] ?? '').test(part));
}

/** The last part may hold colons of its own. */
function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(':')];
}

function globToRegExp(glob: string): RegExp {
  const source = glob
    .replaceAll(/[\\^$.+()|[\]{}]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}
