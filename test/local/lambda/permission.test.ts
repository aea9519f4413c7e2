import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalLambda, startLocalLambda } from './local-lambda.ts';

let local: LocalLambda;

beforeAll(async () => {
  local = await startLocalLambda();
});

afterAll(() => local.close());

const BUCKET = 'arn:aws:s3:::rejects';
const grant = (properties: Record<string, unknown>): Promise<unknown> =>
  local.create('AWS::Lambda::Permission', { Action: 'lambda:InvokeFunction', ...properties });

async function deploy(name: string): Promise<string> {
  const { attributes } = await local.deploy(name, { 'index.mjs': 'export const handler = async () => 1;' });
  return String(attributes.Arn);
}

describe('a permission', () => {
  it('is needed', async () => {
    const arn = await deploy('ungranted');

    expect(local.lambda.mayInvoke(arn, 's3.amazonaws.com', BUCKET)).toBe(false);
    expect(local.lambda.mayInvoke('absent', 's3.amazonaws.com', BUCKET)).toBe(false);
  });

  it('holds for its principal and its source, and for no other', async () => {
    const arn = await deploy('granted');
    await grant({ FunctionName: arn, Principal: 's3.amazonaws.com', SourceArn: BUCKET });

    expect(local.lambda.mayInvoke(arn, 's3.amazonaws.com', BUCKET)).toBe(true);
    expect(local.lambda.mayInvoke('granted', 's3.amazonaws.com', BUCKET)).toBe(true);
    expect(local.lambda.mayInvoke(arn, 's3.amazonaws.com', `${BUCKET}-other`)).toBe(false);
    expect(local.lambda.mayInvoke(arn, 'iot.amazonaws.com', BUCKET)).toBe(false);
  });

  it('without a source holds for every resource of its principal', async () => {
    await deploy('any-source');
    await grant({ FunctionName: 'any-source', Principal: 'iot.amazonaws.com' });

    expect(local.lambda.mayInvoke('any-source', 'iot.amazonaws.com', 'arn:aws:iot:us-east-1:000000000000:rule/x')).toBe(
      true,
    );
  });

  // docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html, ArnLike
  it.each([
    ['arn:aws:iot:us-east-1:000000000000:rule/city*', 'arn:aws:iot:us-east-1:000000000000:rule/cityweave_dt', true],
    ['arn:aws:iot:us-east-1:000000000000:rule/d?', 'arn:aws:iot:us-east-1:000000000000:rule/dt', true],
    ['arn:aws:iot:us-east-1:000000000000:rule/d?', 'arn:aws:iot:us-east-1:000000000000:rule/d', false],
    ['arn:aws:iot:*:000000000000:rule/dt', 'arn:aws:iot:us-east-1:000000000000:rule/dt', true],
    // A star does not reach beyond the colon.
    ['arn:aws:iot:*:rule/dt', 'arn:aws:iot:us-east-1:000000000000:rule/dt', false],
    ['arn:aws:iot:us.east.1:000000000000:rule/dt', 'arn:aws:iot:us-east-1:000000000000:rule/dt', false],
  ])('for %s and %s: %s', async (pattern, sourceArn, expected) => {
    await deploy('like');
    await grant({ FunctionName: 'like', Principal: 'iot.amazonaws.com', SourceArn: pattern });

    expect(local.lambda.mayInvoke('like', 'iot.amazonaws.com', sourceArn)).toBe(expected);
  });

  it.each([{ Action: 'lambda:GetFunction' }, { SourceAccount: '111111111111' }])(
    'of another kind grants nothing: %o',
    async (properties) => {
      await deploy('other-kind');
      await grant({ FunctionName: 'other-kind', Principal: 's3.amazonaws.com', SourceArn: BUCKET, ...properties });

      expect(local.lambda.mayInvoke('other-kind', 's3.amazonaws.com', BUCKET)).toBe(false);
    },
  );

  it.each([
    ['SourceArn', { SourceArn: { Ref: 'Bucket' } }],
    ['PrincipalOrgID', { PrincipalOrgID: 'o-x' }],
    ['FunctionName', { FunctionName: 'absent' }],
  ])('is refused by the name of %s', async (property, properties) => {
    await deploy('refusing');

    await expect(grant({ FunctionName: 'refusing', Principal: '*', ...properties })).rejects.toThrow(property);
  });
});
