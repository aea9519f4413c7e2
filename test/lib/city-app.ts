import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { CityConfig, StageName } from '../../core/schema/city-config.ts';
import { ApiStack } from '../../lib/api-stack.ts';
import { readCdkContext } from '../../lib/cdk-context.ts';
import { readDeployment } from '../../lib/deployment.ts';
import { HistoryStack } from '../../lib/history-stack.ts';
import { IngestStack } from '../../lib/ingest-stack.ts';
import { TwinStack } from '../../lib/twin-stack.ts';
import { testConfig } from './test-config.ts';

export const STAGE_NAMES = ['dev', 'prod'] as const;

export interface TemplateResource {
  readonly Type: string;
  // A template's JSON: what a test reads from it, it compares with a literal.
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}

export interface CityApp {
  readonly app: App;
  readonly stacks: { twin: TwinStack; ingest: IngestStack; history?: HistoryStack; api: ApiStack };
  readonly templates: { twin: Template; ingest: Template; history?: Template; api: Template };
  /** Every stack's resources of one type, by stack and logical id. */
  resources(type: string): Readonly<Record<string, TemplateResource>>;
}

/** The stacks of bin/app.ts in this process, for any configuration; app.test.ts compares them with the program's own. */
export function cityApp(stage: StageName = 'dev', config: CityConfig = testConfig): CityApp {
  const app = new App({ context: { ...readCdkContext(), stage } });
  const deployment = readDeployment(app, config);
  const common = { deployment, terminationProtection: deployment.protectsData };
  const twin = new TwinStack(app, 'Cityweave-Twin', common);
  const ingest = new IngestStack(app, 'Cityweave-Ingest', { ...common, twin });
  const history =
    config.historyStore === 'none' ? undefined : new HistoryStack(app, 'Cityweave-History', { ...common, twin });
  const api = new ApiStack(app, 'Cityweave-Api', { ...common, twin, ingest, history });

  const templates = {
    twin: Template.fromStack(twin),
    ingest: Template.fromStack(ingest),
    ...(history && { history: Template.fromStack(history) }),
    api: Template.fromStack(api),
  };
  return {
    app,
    stacks: { twin, ingest, ...(history && { history }), api },
    templates,
    resources(type) {
      const found: Record<string, TemplateResource> = {};
      for (const [stack, template] of Object.entries(templates)) {
        for (const [id, resource] of Object.entries(template.findResources(type))) {
          found[`${stack}.${id}`] = resource as TemplateResource;
        }
      }
      return found;
    },
  };
}
