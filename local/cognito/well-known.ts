import type { JSONWebKeySet } from 'jose';
import type { AwsService } from '../gateway/aws-service.ts';
import { errorResponse } from '../gateway/error-response.ts';

/** `/{user pool}/.well-known/jwks.json`: what verifies the pool's tokens. */
const KEYS_PATH = /^\/[\w-]+_\w+\/\.well-known\/jwks\.json$/;

/** What Cognito tells everybody about its user pools; the keys are those of all pools. */
export function createWellKnown(publicKeys: JSONWebKeySet): AwsService {
  return {
    signingName: 'cognito-idp',
    async handle({ method, url }) {
      return method === 'GET' && KEYS_PATH.test(url)
        ? { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(publicKeys) }
        : errorResponse(400, 'UnknownOperationException', `${method} ${url} is not answered by the local Cognito`);
    },
  };
}
