import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readCdkContext } from '../../lib/cdk-context.ts';
import { EDGE_ENTRY } from '../../lib/edge-artifact.ts';
import { EdgeStack } from '../../lib/edge-stack.ts';
import { POLICY_CHARACTERS_MAX, readPolicy } from '../../local/iot/policy/document.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'cityweave-edge-stack-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** With an artifact of one small file: what is in it does not matter here. */
function edgeApp(content: string) {
  const artifact = mkdtempSync(path.join(scratch, 'artifact-'));
  mkdirSync(path.join(artifact, path.dirname(EDGE_ENTRY)), { recursive: true });
  writeFileSync(path.join(artifact, EDGE_ENTRY), content);
  const app = new App({
    context: readCdkContext(),
    outdir: mkdtempSync(path.join(scratch, 'cdk.out-')),
    builtinCloudFormationValidation: false,
  });
  const stack = new EdgeStack(app, 'Cityweave-Edge', { artifact });
  return { app, stack, template: Template.fromStack(stack) };
}

const edge = edgeApp('first');

interface Joined {
  readonly 'Fn::Join': readonly [separator: string, parts: readonly (string | { readonly 'Fn::Sub': string })[]];
}

/** What is taken out of the resources. */
interface ReadProperties {
  readonly InlineRecipe: Joined;
  readonly AssumeRolePolicyDocument: { readonly Statement: readonly Trust[] };
  readonly PolicyDocument: { readonly Statement: readonly { readonly Action: string; readonly Resource: unknown }[] };
}

interface Trust {
  readonly Principal: unknown;
  readonly Condition: Readonly<Record<'StringEquals' | 'ArnEquals', unknown>>;
}

/** The properties of the one resource of its type. */
function onlyOne(template: Template, type: string): ReadProperties {
  const [resource, ...others] = Object.values(template.findResources(type));
  expect(others).toEqual([]);
  if (resource === undefined) throw new Error(`the template has no ${type}`);
  return resource['Properties'];
}

/** The recipe with its address as CloudFormation would fill it in, for an account and region of the test. */
function recipeOf(template: Template) {
  const { InlineRecipe: inline } = onlyOne(template, 'AWS::GreengrassV2::ComponentVersion');
  const text = inline['Fn::Join'][1].map((part) =>
    typeof part === 'string' ? part : part['Fn::Sub'].replace(/\$\{AWS::(\w+)\}/g, '$1'),
  );
  return JSON.parse(text.join(''));
}

function versionOf(template: Template): string {
  return recipeOf(template).ComponentVersion;
}

describe('the component', () => {
  it('has a new version for new content, and the same for the same', () => {
    expect(versionOf(edgeApp('first').template)).toBe(versionOf(edge.template));
    expect(versionOf(edgeApp('second').template)).not.toBe(versionOf(edge.template));
  });

  it('has a version that both nuclei read: three numbers, the last within 32 bits', () => {
    for (const content of ['a', 'b', 'c', 'd', 'e']) {
      const [major, minor, patch] = versionOf(edgeApp(content).template).split('.').map(Number);
      expect([major, minor]).toEqual([0, 1]);
      expect(patch).toBeLessThan(2 ** 31);
    }
  });

  it('starts from where a nucleus unpacks its archive: a folder named like it', () => {
    for (const { Artifacts, Lifecycle } of recipeOf(edge.template).Manifests) {
      const [{ Uri, Unarchive }] = Artifacts;
      const [, name] = /^s3:\/\/cdk-hnb659fds-assets-AccountId-Region\/([0-9a-f]{64})\.zip$/.exec(Uri) ?? [];
      expect(name).toBeDefined();
      expect(Unarchive).toBe('ZIP');
      expect(Lifecycle.run).toContain(` {artifacts:decompressedPath}/${name}/${EDGE_ENTRY} `);
    }
  });
});

describe('the deployment', () => {
  it('brings that version to the group, and takes it back where it fails', () => {
    edge.template.hasResourceProperties('AWS::GreengrassV2::Deployment', {
      TargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Gateways'), 'Arn'] },
      Components: { 'cityweave.Gateway': { ComponentVersion: versionOf(edge.template) } },
      DeploymentPolicies: { FailureHandlingPolicy: 'ROLLBACK' },
    });
    edge.template.hasResource('AWS::GreengrassV2::Deployment', { DependsOn: [Match.stringLikeRegexp('^Component')] });
  });

  it('reaches few cabinets at first, gives up where a fifth fails, and waits for none for ever', () => {
    edge.template.hasResourceProperties('AWS::GreengrassV2::Deployment', {
      IotJobConfiguration: {
        JobExecutionsRolloutConfig: {
          ExponentialRate: {
            BaseRatePerMinute: 5,
            IncrementFactor: 2,
            RateIncreaseCriteria: { NumberOfSucceededThings: 5 },
          },
          MaximumPerMinute: 100,
        },
        AbortConfig: {
          CriteriaList: [
            { Action: 'CANCEL', FailureType: 'ALL', MinNumberOfExecutedThings: 5, ThresholdPercentage: 20 },
          ],
        },
        TimeoutConfig: { InProgressTimeoutInMinutes: 60 },
      },
    });
  });
});

describe('a cabinet', () => {
  it('borrows a role that only this account’s alias gives, and that reads one archive', () => {
    const [trust] = onlyOne(edge.template, 'AWS::IAM::Role').AssumeRolePolicyDocument.Statement;
    expect(trust?.Principal).toEqual({ Service: 'credentials.iot.amazonaws.com' });
    expect(trust?.Condition.StringEquals).toEqual({ 'aws:SourceAccount': { Ref: 'AWS::AccountId' } });
    expect(JSON.stringify(trust?.Condition.ArnEquals)).toContain(':rolealias/cityweave-core-device');

    const statements = onlyOne(edge.template, 'AWS::IAM::Policy').PolicyDocument.Statement;
    expect(statements.map(({ Action }) => Action)).toEqual(['s3:GetObject', 's3:GetBucketLocation']);
    expect(JSON.stringify(statements[0]?.Resource)).toMatch(/\/[0-9a-f]{64}\.zip"/);
    expect(JSON.stringify(statements)).not.toContain('*');
  });

  it('may connect, report and fetch deployments under its own name only, within IoT Core’s length', () => {
    const text = JSON.stringify(onlyOne(edge.template, 'AWS::IoT::Policy').PolicyDocument, (_key, value: unknown) =>
      typeof value === 'object' && value !== null && 'Fn::Join' in value ? joined(value as Joined) : value,
    );
    expect(text.length).toBeLessThanOrEqual(POLICY_CHARACTERS_MAX);
    const statements = readPolicy(text);
    const named = statements.filter(({ actions }) => actions.every((action) => action.startsWith('iot:')));
    for (const { actions, resources } of named) {
      for (const resource of resources) {
        expect(resource).toContain(
          actions.includes('iot:AssumeRoleWithCertificate') ? 'rolealias/' : '${iot:Connection.Thing.ThingName}',
        );
      }
    }
    const others = statements.filter((each) => !named.includes(each));
    expect(others.map(({ actions }) => actions)).toEqual([
      [
        'greengrass:GetComponentVersionArtifact',
        'greengrass:GetDeploymentConfiguration',
        'greengrass:ListThingGroupsForCoreDevice',
        'greengrass:ResolveComponentCandidates',
      ],
    ]);
  });
});

function joined({ 'Fn::Join': [separator, parts] }: Joined): string {
  return parts.map((part) => (typeof part === 'string' ? part : '123456789012')).join(separator);
}

it('has nothing that the AwsSolutions rules find', () => {
  const { app } = edge;
  expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
});
