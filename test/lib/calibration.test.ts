import { Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { CALIBRATIONS_PREFIX } from '../../core/calibration/archived-records.ts';
import type { CityConfig, Stage } from '../../core/schema/city-config.ts';
import type { CalibrationRequest } from '../../lambdas/calibration/environment.ts';
import { type CityApp, cityApp } from './city-app.ts';
import { testConfig } from './test-config.ts';

function withStage(given: Partial<Stage>): CityConfig {
  return { ...testConfig, stages: { ...testConfig.stages, dev: { ...testConfig.stages.dev, ...given } } };
}

const archived = cityApp('dev', withStage({ archiveDays: 30 }));
const onDemand = cityApp('dev', withStage({ archiveDays: 30, streamMode: 'on-demand' }));

describe('calibration', () => {
  it('runs at a quarter past each hour, four times for each shard of the log, each for its part of the buckets', () => {
    const edges = requestsOf(archived).map(({ buckets }) => [buckets.from, buckets.to]);
    expect(edges).toHaveLength(4 * 5);
    expect(edges.flat().filter((edge, index, all) => edge !== all[index - 1])).toEqual([
      0,
      ...edges.map(([, to]) => to),
    ]);
    expect(edges.at(-1)).toEqual([60, 64]);
    expect(requestsOf(onDemand).map(({ buckets }) => buckets.from)).toEqual([0, 16, 32, 48]);
  });

  it('may read the log, and write the records and their archive, and nothing else', () => {
    archived.templates.twin.hasResourceProperties('AWS::IAM::Policy', {
      PolicyName: Match.stringLikeRegexp('^CalibrationFolder'),
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: ['dynamodb:BatchGetItem', 'dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'] }),
          Match.objectLike({ Action: 's3:GetObject', Resource: objectsBelow('observations/') }),
          Match.objectLike({ Action: 's3:ListBucket' }),
          Match.objectLike({ Action: 's3:PutObject', Resource: objectsBelow(CALIBRATIONS_PREFIX) }),
        ]),
      },
    });
  });

  it('has a table, but nobody who folds, where there is no archive to read', () => {
    const app = cityApp('dev');
    app.templates.twin.hasResourceProperties('AWS::DynamoDB::Table', {
      TableName: 'cityweave-calibrations',
      KeySchema: [
        { AttributeName: 'assetId', KeyType: 'HASH' },
        { AttributeName: 'attribute', KeyType: 'RANGE' },
      ],
    });
    expect(requestsOf(app)).toEqual([]);
  });

  it('leaves the rule pack nothing to find', () => {
    expect(new AwsSolutionsChecks(archived.app).validateScope(archived.app).violations).toEqual([]);
  });
});

function requestsOf({ templates }: CityApp): readonly CalibrationRequest[] {
  const hourly = { Properties: { ScheduleExpression: 'cron(15 * * * ? *)' } };
  const schedules = Object.values(templates.twin.findResources('AWS::Scheduler::Schedule', hourly));
  return schedules.map(({ Properties }) => JSON.parse(Properties.Target.Input) as CalibrationRequest);
}

function objectsBelow(prefix: string) {
  return { 'Fn::Join': ['', [Match.anyValue(), `/${prefix}*`]] };
}
