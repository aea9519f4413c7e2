import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { CityConfig } from '../../core/schema/city-config.ts';
import { archiveDaysMin } from '../../lib/checkpoint.ts';
import { cityApp, type PolicyProperties } from './city-app.ts';
import { testConfig } from './test-config.ts';

function withArchive(archiveDays: number): CityConfig {
  return { ...testConfig, stages: { ...testConfig.stages, dev: { ...testConfig.stages.dev, archiveDays } } };
}

const archived = cityApp('dev', withArchive(30));

describe('the checkpoint function', () => {
  it('runs every day, and is told how far behind the log may have been merged', () => {
    const { twin } = archived.templates;
    twin.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'cityweave-checkpoint',
      Timeout: 900,
      Environment: {
        Variables: Match.objectLike({
          TWINS_TABLE: { Ref: Match.stringLikeRegexp('^Twins') },
          ARCHIVE_BUCKET: { Ref: Match.stringLikeRegexp('^ArchiveBucket') },
          // The stream's retention in the configuration.
          LOG_MARGIN_HOURS: '26',
        }),
      },
    });
    twin.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(0 3 * * ? *)',
      Target: Match.objectLike({ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^CheckpointWriter'), 'Arn'] } }),
    });
  });

  it('may read the one table and write below the one prefix', () => {
    const roles = Object.values(archived.resources('AWS::Lambda::Function'))
      .filter(({ Properties }) => Properties.FunctionName === 'cityweave-checkpoint')
      .map(({ Properties }) => Properties.Role['Fn::GetAtt'][0]);
    const statements = Object.values(archived.resources('AWS::IAM::Policy'))
      .filter(({ Properties }) => Properties.Roles.some(({ Ref }) => roles.some((role) => role === Ref)))
      .flatMap(({ Properties }: { readonly Properties: PolicyProperties }) => Properties.PolicyDocument.Statement)
      .filter(({ Action }) => /^(dynamodb|s3):/.test([Action].flat()[0] ?? ''))
      .map(({ Action, Resource }) => [Action, JSON.stringify(Resource)]);
    expect(statements).toEqual([
      ['dynamodb:Scan', expect.stringMatching(/^\{"Fn::GetAtt":\["Twins\w+","Arn"\]\}$/)],
      ['s3:PutObject', expect.stringMatching(/ArchiveBucket\w+","Arn"\]\},"\/checkpoints\/\*"\]\]\}$/)],
    ]);
  });

  it('is not there without an archive', () => {
    const functions = Object.values(cityApp('dev').resources('AWS::Lambda::Function'));
    expect(functions.map(({ Properties }) => Properties.FunctionName)).not.toContain('cityweave-checkpoint');
  });
});

describe('an archive that forgets', () => {
  it.each([
    // Hours that the stream keeps, and days: two for the checkpoints, and the hours in whole days.
    [24, 3],
    [25, 4],
    [168, 9],
    [8760, 367],
  ])('%i hours of a stream need %i days', (hours, days) => {
    expect(archiveDaysMin(hours)).toBe(days);
  });

  it('before a second checkpoint was written fails the synthesis, in words', () => {
    // The stage's stream keeps 26 hours.
    expect(() => cityApp('dev', withArchive(4))).not.toThrow();
    expect(() => cityApp('dev', withArchive(3)).app.synth()).toThrow(
      /stages\.dev\.archiveDays: got 3, expected at least 4/,
    );
  });
});
