import { describe, expect, it } from 'vitest';
import { describeEndpoints } from '../../../local/timestream/describe-endpoints.ts';

describe('DescribeEndpoints', () => {
  it.each([
    ['aws-sdk-js/3.1138.0 ua/2.1 os/linux', '127.0.0.1'],
    ['Boto3/1.43.0 md/Botocore#1.43.0', 'http://127.0.0.1:4566'],
    ['aws-cli/2.31.0 md/awscrt#0.27.6', 'http://127.0.0.1:4566'],
  ])('answers %s with what it makes the right address of', (agent, address) => {
    const { body } = describeEndpoints({ host: '127.0.0.1:4566', 'user-agent': agent });
    expect(JSON.parse(String(body))).toMatchObject({ Endpoints: [{ Address: address }] });
  });
});
