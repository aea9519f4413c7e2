import { LOCAL_REGION } from '../aws.ts';
import type { AwsService } from './aws-service.ts';

/** What the gateway looks at to tell which service a request is for. Header names in lower case. */
export interface RequestHead {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Destination {
  /** Undefined where no service of the local cloud answers. */
  readonly service: AwsService | undefined;
  /** The operation that `X-Amz-Target` names; empty for REST services. */
  readonly operation: string;
  /** What the request asked for, in words for a message. */
  readonly asked: string;
}

/** Where a request carries no signature, the path of a REST service tells whose it is. */
const SERVICES_BY_PATH: readonly (readonly [prefix: string, signingName: string])[] = [
  ['/topics/', 'iotdata'],
  ['/2015-03-31/functions/', 'lambda'],
  ['/endpoint', 'iot'],
  [`/${LOCAL_REGION}_`, 'cognito-idp'],
];

/**
 * Finds the service by `X-Amz-Target`, else by the service name in the SigV4 credential scope
 * (`key/date/region/service/aws4_request`, in the Authorization header or a presigned URL), else by path.
 */
export function findDestination(services: readonly AwsService[], { url, headers }: RequestHead): Destination {
  const target = headers['x-amz-target'];
  if (target !== undefined) {
    const dot = target.lastIndexOf('.');
    const prefix = target.slice(0, Math.max(dot, 0));
    const service = services.find(({ targetPrefix }) => targetPrefix === prefix && prefix !== '');
    return { service, operation: target.slice(dot + 1), asked: `X-Amz-Target ${target}` };
  }
  const signingName = signingNameOf(headers.authorization, url);
  if (signingName !== undefined) {
    const service = services.find((candidate) => candidate.signingName === signingName);
    return { service, operation: '', asked: `service ${signingName}` };
  }
  const byPath = SERVICES_BY_PATH.find(([prefix]) => url.startsWith(prefix))?.[1];
  const service = services.find((candidate) => candidate.signingName === byPath);
  return { service, operation: '', asked: `unsigned request to ${url.split('?')[0]}` };
}

function signingNameOf(authorization: string | undefined, url: string): string | undefined {
  const inHeader = /Credential=[^/,\s]+\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/.exec(authorization ?? '')?.[1];
  if (inHeader !== undefined) {
    return inHeader;
  }
  const query = url.split('?')[1] ?? '';
  return new URLSearchParams(query).get('X-Amz-Credential')?.split('/')[3];
}
