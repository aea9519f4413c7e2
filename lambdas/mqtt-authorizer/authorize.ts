import { CLIENT_PREFIXES } from '../../core/schema/names.ts';
import { TOKEN_KEY_NAME } from './environment.ts';
import type { TokenVerdict } from './token.ts';

/** "Defining your Lambda function" in the AWS IoT Core developer guide, as far as it is read here. */
export interface AuthorizerEvent {
  readonly token?: string;
  readonly protocolData?: {
    readonly http?: { readonly queryString?: string; readonly headers?: Readonly<Record<string, string>> };
  };
}

export interface AuthorizerAnswer {
  readonly isAuthenticated: boolean;
  readonly principalId?: string;
  readonly disconnectAfterInSeconds?: number;
  readonly refreshAfterInSeconds?: number;
  readonly policyDocuments?: readonly object[];
}

/** Bounds that AWS IoT Core sets on how long a connection lasts. */
const CONNECTION_S = { min: 300, max: 86_400 };
const PRINCIPAL_ID_LENGTH_MAX = 128;

export const REFUSED: AuthorizerAnswer = { isAuthenticated: false };

/** With signing disabled AWS IoT Core need not extract the token itself, so it is looked for where it would. */
export function readToken({ token, protocolData }: AuthorizerEvent): string | undefined {
  const { queryString, headers } = protocolData?.http ?? {};
  const inQuery = new URLSearchParams(queryString).get(TOKEN_KEY_NAME);
  return token ?? inQuery ?? headers?.[TOKEN_KEY_NAME] ?? undefined;
}

/**
 * What the bearer of a verified token may do: read what the HTTP API answers, too, as it changes, for no longer than the token is valid. A token
 * whose life is shorter than the shortest connection is refused. `iotArn` is `arn:{partition}:iot:{region}:{account}`.
 */
export function answerFor(verdict: TokenVerdict, iotArn: string, nowMs: number): AuthorizerAnswer {
  if (!verdict.valid) return REFUSED;
  const remainingS = Math.floor(verdict.expiresAtS - nowMs / 1000);
  if (remainingS < CONNECTION_S.min) return REFUSED;
  const disconnectAfterInSeconds = Math.min(remainingS, CONNECTION_S.max);
  return {
    isAuthenticated: true,
    principalId: principalIdOf(verdict.subject),
    disconnectAfterInSeconds,
    // Asking again within the connection would judge the same token, whose answer cannot change.
    refreshAfterInSeconds: disconnectAfterInSeconds,
    policyDocuments: [viewerPolicy(iotArn)],
  };
}

/** Letters and digits only, as AWS IoT Core demands. */
function principalIdOf(subject: string): string {
  return subject.replaceAll(/[^a-zA-Z0-9]/g, '').slice(0, PRINCIPAL_ID_LENGTH_MAX) || 'viewer';
}

/** Live deltas, and the reviews that are opened. */
const READ_ALSO_BY_HTTP = ['twin/*', 'reviews/*'];

function viewerPolicy(iotArn: string): object {
  const allow = (action: string, resource: string): object => ({
    Effect: 'Allow',
    Action: action,
    Resource: `${iotArn}:${resource}`,
  });
  return {
    Version: '2012-10-17',
    Statement: [
      allow('iot:Connect', `client/${CLIENT_PREFIXES.viewer}*`),
      ...READ_ALSO_BY_HTTP.flatMap((topics) => [
        allow('iot:Subscribe', `topicfilter/${topics}`),
        allow('iot:Receive', `topic/${topics}`),
      ]),
    ],
  };
}
