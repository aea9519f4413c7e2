#!/usr/bin/env node
import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import config from '../cityweave.config.ts';
import { ApiStack } from '../lib/api-stack.ts';
import { readCdkContext } from '../lib/cdk-context.ts';
import { readDeployment } from '../lib/deployment.ts';
import { EdgeStack } from '../lib/edge-stack.ts';
import { HistoryStack } from '../lib/history-stack.ts';
import { IngestStack } from '../lib/ingest-stack.ts';
import { OperationsStack } from '../lib/operations-stack.ts';
import { TwinStack } from '../lib/twin-stack.ts';

const app = new App({ context: readCdkContext() });
const deployment = orExit(() => readDeployment(app, config));
const keepsHistory = deployment.config.historyStore !== 'none';
const common = { deployment, terminationProtection: deployment.protectsData };

const twin = new TwinStack(app, 'Cityweave-Twin', common);
const ingest = new IngestStack(app, 'Cityweave-Ingest', { ...common, twin });
const history = keepsHistory ? new HistoryStack(app, 'Cityweave-History', { ...common, twin }) : undefined;
const api = new ApiStack(app, 'Cityweave-Api', { ...common, twin, ingest, history });
// The local cloud has no Greengrass: it leaves this out, and starts the gateway itself.
if (String(app.node.tryGetContext('edge')) !== 'false') {
  new EdgeStack(app, 'Cityweave-Edge', { terminationProtection: deployment.protectsData });
}
// Last: it watches whatever stands before it.
new OperationsStack(app, 'Cityweave-Operations', { ...common, api });

Tags.of(app).add('project', 'cityweave');
Tags.of(app).add('stage', deployment.stageName);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
orExit(() => app.synth());

/** What is wrong here is for the one who edits the configuration or a stack; a stack trace would bury it. */
function orExit<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return process.exit(1);
  }
}
