import { createRemoteJWKSet } from 'jose';
import { readEnvironment } from '../shared/environment.ts';
import { logger } from '../shared/observability.ts';
import { answerFor, type AuthorizerAnswer, type AuthorizerEvent, readToken, REFUSED } from './authorize.ts';
import { MQTT_AUTHORIZER_VARIABLES } from './environment.ts';
import { type TokenRule, verifyToken } from './token.ts';

const environment = readEnvironment(MQTT_AUTHORIZER_VARIABLES);
const { AWS_REGION, AWS_ENDPOINT_URL } = process.env;

const cognito = `https://cognito-idp.${AWS_REGION}.amazonaws.com`;
const rule: TokenRule = {
  issuer: `${cognito}/${environment.USER_POOL_ID}`,
  clientId: environment.USER_POOL_CLIENT_ID,
  scope: environment.SCOPE,
};
// The keys are fetched once and again when a token names one that is not among them. Where the SDKs are told of
// another endpoint, Cognito is there, too.
const keys = createRemoteJWKSet(
  new URL(`${AWS_ENDPOINT_URL ?? cognito}/${environment.USER_POOL_ID}/.well-known/jwks.json`),
);

export async function handler(event: AuthorizerEvent): Promise<AuthorizerAnswer> {
  const token = readToken(event);
  if (token === undefined) {
    logger.warn('viewer refused', { reason: 'no token' });
    return REFUSED;
  }
  const verdict = await verifyToken(token, keys, rule);
  const answer = answerFor(verdict, environment.IOT_ARN, Date.now());
  if (!answer.isAuthenticated) {
    logger.warn('viewer refused', { reason: verdict.valid ? 'the token is about to expire' : verdict.reason });
  }
  return answer;
}
