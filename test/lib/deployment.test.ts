import { App, RemovalPolicy } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { readDeployment } from '../../lib/deployment.ts';
import { testConfig } from './test-config.ts';

function deploymentIn(context: Record<string, unknown>) {
  return readDeployment(new App({ context }), testConfig);
}

describe('the stage that is deployed', () => {
  it('is dev, unless the context names another', () => {
    expect(deploymentIn({}).stageName).toBe('dev');
    expect(deploymentIn({ stage: 'prod' })).toMatchObject({ stageName: 'prod', stage: testConfig.stages.prod });
  });

  it.each(['staging', 'toString', '', 7, ['dev']])('is refused by name when it is %j', (stage) => {
    const got = JSON.stringify(stage);
    expect(() => deploymentIn({ stage })).toThrow(
      `context "stage": got ${got}, expected one of dev, prod (-c stage=dev)`,
    );
  });

  it('protects data exactly where its removal policy retains them', () => {
    expect(deploymentIn({})).toMatchObject({ protectsData: false, removalPolicy: RemovalPolicy.DESTROY });
    expect(deploymentIn({ stage: 'prod' })).toMatchObject({ protectsData: true, removalPolicy: RemovalPolicy.RETAIN });
  });

  it('passes the validator’s line on', () => {
    expect(() => readDeployment(new App(), { ...testConfig, buckets: 0 })).toThrow(/^buckets: got 0, expected [^\n]+$/);
  });
});
