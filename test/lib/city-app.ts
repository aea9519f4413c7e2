import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { inject } from 'vitest';
import type { CityConfig, StageName } from '../../core/schema/city-config.ts';
import { ApiStack } from '../../lib/api-stack.ts';
import { readCdkContext } from '../../lib/cdk-context.ts';
import { readDeployment } from '../../lib/deployment.ts';
import { HistoryStack } from '../../lib/history-stack.ts';
import { IngestStack } from '../../lib/ingest-stack.ts';
import { OperationsStack } from '../../lib/operations-stack.ts';
import { TwinStack } from '../../lib/twin-stack.ts';
import { testConfig } from './test-config.ts';

/** Assemblies and bundles go where TMPDIR says; a test's worker ends without the events that would clean up after it. */
process.env['TMPDIR'] = inject('runDirectory');

export const STAGE_NAMES = ['dev', 'prod'] as const;

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

export interface PolicyProperties {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
}

/** What the tests take out of a resource; all else they compare whole. */
interface ReadProperties {
  'AWS::ApiGatewayV2::Stage': { readonly AccessLogSettings: { readonly Format: string } };
  'AWS::IAM::Policy': PolicyProperties & { readonly Roles: readonly { readonly Ref: string }[] };
  'AWS::IAM::Role': { readonly Policies?: readonly PolicyProperties[] };
  'AWS::Lambda::Function': {
    readonly FunctionName: string;
    readonly Role: { readonly 'Fn::GetAtt': readonly [role: string, attribute: string] };
    readonly Environment: { readonly Variables: Readonly<Record<string, unknown>> };
    readonly LoggingConfig: { readonly LogFormat: string; readonly LogGroup: { readonly Ref: string } };
  };
  'AWS::S3::BucketPolicy': PolicyProperties;
}

type PropertiesOf<Type extends string> = Readonly<Record<string, unknown>> &
  (Type extends keyof ReadProperties ? ReadProperties[Type] : unknown);

export interface Resource<Type extends string = string> {
  readonly Type: Type;
  readonly Properties: PropertiesOf<Type>;
  readonly DeletionPolicy?: string;
}

export interface CityApp {
  readonly app: App;
  readonly stacks: {
    twin: TwinStack;
    ingest: IngestStack;
    history?: HistoryStack;
    api: ApiStack;
    operations: OperationsStack;
  };
  readonly templates: { twin: Template; ingest: Template; history?: Template; api: Template; operations: Template };
  /** Every stack's resources of one type, by `{stack}.{logical id}`. */
  resources<Type extends string>(type: Type): Readonly<Record<string, Resource<Type>>>;
  /** The types that occur, each once, sorted. */
  resourceTypes(): readonly string[];
}

/** The stacks of bin/app.ts in this process, for any configuration; app.test.ts compares them with the program's own. */
export function cityApp(stage: StageName = 'dev', config: CityConfig = testConfig): CityApp {
  // CDK's own check of the templates is the program's; here it would take more time than all the rest.
  const context = { ...readCdkContext(), stage };
  const app = new App({ context, builtinCloudFormationValidation: false });
  const deployment = readDeployment(app, config);
  const common = { deployment, terminationProtection: deployment.protectsData };
  const twin = new TwinStack(app, 'Cityweave-Twin', common);
  const ingest = new IngestStack(app, 'Cityweave-Ingest', { ...common, twin });
  const history =
    config.historyStore === 'none' ? undefined : new HistoryStack(app, 'Cityweave-History', { ...common, twin });
  const api = new ApiStack(app, 'Cityweave-Api', { ...common, twin, ingest, history });
  const operations = new OperationsStack(app, 'Cityweave-Operations', { ...common, api });

  const templates = {
    twin: Template.fromStack(twin),
    ingest: Template.fromStack(ingest),
    ...(history && { history: Template.fromStack(history) }),
    api: Template.fromStack(api),
    operations: Template.fromStack(operations),
  };
  const everything = Object.entries(templates).flatMap(([stack, template]) => resourcesOf(stack, template));
  return {
    app,
    stacks: { twin, ingest, ...(history && { history }), api, operations },
    templates,
    resources: <Type extends string>(type: Type) =>
      Object.fromEntries(everything.filter((each): each is [string, Resource<Type>] => each[1].Type === type)),
    resourceTypes: () => [...new Set(everything.map(([, { Type }]) => Type))].toSorted((a, b) => a.localeCompare(b)),
  };
}

function resourcesOf(stack: string, template: Template): [string, Resource][] {
  const resources: Record<string, Resource> = template.toJSON()['Resources'];
  return Object.entries(resources).map(([id, resource]) => [`${stack}.${id}`, resource]);
}
