import { describe, expect, it } from 'vitest';
import { type Contract, documented } from './contract.ts';

/** As the AWS CLI and boto3 put it on the wire. */
async function post(endpoint: string, target: string, body: string) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
      'x-amz-date': '20261121T080000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=local/20261121/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0',
    },
    body,
  });
  return { status: response.status, contentType: response.headers.get('content-type'), body: await response.text() };
}

export function protocolCases(contract: Contract): void {
  describe('JSON 1.1 over HTTP/1.1', () => {
    const { unsignedEndpoint } = contract;
    const unsigned = (name: string, check: (endpoint: string) => Promise<void>): void => {
      if (unsignedEndpoint === undefined) it.skip(`${name} [not run: ${contract.target.name} wants signed requests]`);
      else documented(contract, name, () => check(unsignedEndpoint));
    };

    unsigned('an answer is JSON, its times epoch seconds', async (endpoint) => {
      const created = await post(endpoint, 'Kinesis_20131202.CreateStream', '{"StreamName":"raw","ShardCount":1}');
      expect(created).toMatchObject({ status: 200, contentType: 'application/x-amz-json-1.1' });
      const described = await post(endpoint, 'Kinesis_20131202.DescribeStreamSummary', '{"StreamName":"raw"}');
      await post(endpoint, 'Kinesis_20131202.DeleteStream', '{"StreamName":"raw"}');
      const { StreamDescriptionSummary } = JSON.parse(described.body);
      expect(Math.abs(StreamDescriptionSummary.StreamCreationTimestamp - Date.now() / 1000)).toBeLessThan(60);
    });

    unsigned('an error names its type in __type', async (endpoint) => {
      const { status, body } = await post(endpoint, 'Kinesis_20131202.DeleteStream', '{"StreamName":"none"}');
      expect(status).toBe(400);
      expect(JSON.parse(body)).toMatchObject({ __type: 'ResourceNotFoundException' });
    });

    unsigned('an operation that the API does not have is unknown', async (endpoint) => {
      const { status, body } = await post(endpoint, 'Kinesis_20131202.PaintStream', '{}');
      expect(status).toBe(400);
      expect(JSON.parse(body)).toMatchObject({ __type: 'UnknownOperationException' });
    });

    unsigned('a body that is no JSON, or a member of the wrong type, cannot be read', async (endpoint) => {
      for (const text of ['{"StreamName":', '{"StreamName":7,"ShardCount":1}']) {
        const { status, body } = await post(endpoint, 'Kinesis_20131202.CreateStream', text);
        expect(status).toBe(400);
        expect(JSON.parse(body)).toMatchObject({ __type: 'SerializationException' });
      }
    });
  });
}
