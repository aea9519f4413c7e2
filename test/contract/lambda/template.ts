/** Answers with its event, or fails as `event.fail` says. */
const ANSWERING = `
exports.handler = async (event) => {
  if (event.fail) throw new TypeError(event.fail);
  return { event };
};`;

/** Throws where a record says "poison"; reports the first that says "bad". */
const CONSUMING = `
exports.handler = async ({ Records }) => {
  const texts = Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
  if (texts.includes('poison')) throw new Error('poison');
  const bad = Records[texts.indexOf('bad')];
  return { batchItemFailures: bad ? [{ itemIdentifier: bad.kinesis.sequenceNumber }] : [] };
};`;

const REFUSING = `
exports.handler = async () => { throw new Error('refused'); };`;

/** Source text by logical id; small enough to stand in a template. */
export const SOURCES = { Answering: ANSWERING, Consuming: CONSUMING, Refusing: REFUSING } as const;

const AWS_POLICIES = 'arn:aws:iam::aws:policy/service-role';
const BATCH = {
  EventSourceArn: { 'Fn::GetAtt': ['Stream', 'Arn'] },
  StartingPosition: 'TRIM_HORIZON',
  BatchSize: 10,
  // Long enough that records which were put together arrive together.
  MaximumBatchingWindowInSeconds: 2,
  MaximumRetryAttempts: 1,
  FunctionResponseTypes: ['ReportBatchItemFailures'],
};

/**
 * Functions, a stream with mappings and a bucket for what fails, under names that begin with `name`. AWS takes a
 * function's code from the template, the local cloud from the asset that its metadata names.
 */
export function contractTemplate(name: string): object {
  const OnFailure = { Destination: { 'Fn::GetAtt': ['Failures', 'Arn'] } };
  return {
    Resources: {
      Failures: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain', Properties: { BucketName: name } },
      Stream: { Type: 'AWS::Kinesis::Stream', Properties: { Name: name, ShardCount: 1 } },
      Role: role(name),
      Answering: lambdaFunction(name, 'Answering'),
      Consuming: lambdaFunction(name, 'Consuming'),
      Refusing: lambdaFunction(name, 'Refusing'),
      Asynchronous: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: {
          FunctionName: { Ref: 'Answering' },
          Qualifier: '$LATEST',
          MaximumRetryAttempts: 0,
          DestinationConfig: { OnFailure },
        },
      },
      Bisecting: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          ...BATCH,
          FunctionName: { Ref: 'Consuming' },
          BisectBatchOnFunctionError: true,
          DestinationConfig: { OnFailure },
        },
      },
      Filtering: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          ...BATCH,
          FunctionName: { Ref: 'Refusing' },
          FilterCriteria: { Filters: [{ Pattern: '{"data":{"topic":[{"suffix":"/frames"}]}}' }] },
          DestinationConfig: { OnFailure },
        },
      },
    },
    Outputs: {
      Answering: { Value: { 'Fn::GetAtt': ['Answering', 'Arn'] } },
      Consuming: { Value: { 'Fn::GetAtt': ['Consuming', 'Arn'] } },
      Bisecting: { Value: { Ref: 'Bisecting' } },
      Filtering: { Value: { Ref: 'Filtering' } },
    },
  };
}

function lambdaFunction(name: string, logicalId: keyof typeof SOURCES): object {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: `${name}-${logicalId}`,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Timeout: 10,
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      Code: { ZipFile: SOURCES[logicalId] },
    },
    Metadata: { 'aws:asset:path': logicalId },
  };
}

function role(name: string): object {
  const statement = (Action: string | string[], Resource: string) => ({ Effect: 'Allow', Action, Resource });
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
      },
      ManagedPolicyArns: [`${AWS_POLICIES}/AWSLambdaKinesisExecutionRole`],
      Policies: [
        {
          PolicyName: 'WriteFailures',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              statement('s3:ListBucket', `arn:aws:s3:::${name}`),
              statement('s3:PutObject', `arn:aws:s3:::${name}/*`),
            ],
          },
        },
      ],
    },
  };
}
