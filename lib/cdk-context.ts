import { readFileSync } from 'node:fs';

/** Settings of the CDK command that reach the template: where a function's bundle lies, and each resource's construct. */
const SET_BY_COMMAND = { 'aws:cdk:enable-asset-metadata': true, 'aws:cdk:enable-path-metadata': true };

/**
 * The context that the CDK command passes to the app, its feature flags from cdk.json included. Read here too, it makes
 * `node bin/app.ts` give the same templates as `cdk synth`.
 */
export function readCdkContext(): Record<string, unknown> {
  const cdkJson: { context: Record<string, unknown> } = JSON.parse(
    readFileSync(new URL('../cdk.json', import.meta.url), 'utf8'),
  );
  return { ...SET_BY_COMMAND, ...cdkJson.context };
}
