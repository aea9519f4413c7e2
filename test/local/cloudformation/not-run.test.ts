import { expect, it } from 'vitest';
import { notRunLine } from '../../../local/cloudformation/not-run.ts';

it('names what occurs once, and counts what occurs often', () => {
  expect(
    notRunLine([
      'AWS::CloudWatch::Alarm (Operations/a)',
      'AWS::CloudWatch::Alarm (Operations/b)',
      'AWS::CloudWatch::Alarm (Twin/c)',
      'AWS::SNS::Topic (Operations/Notifications)',
    ]),
  ).toBe(
    'not run locally: AWS::CloudWatch::Alarm (2 in Operations), AWS::CloudWatch::Alarm (Twin/c), ' +
      'AWS::SNS::Topic (Operations/Notifications)',
  );
});
