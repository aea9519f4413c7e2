import type { InvokeResult } from '../lambda/invocation.ts';
import { isRecord } from '../is-record.ts';
import { type Identity, policiesPermit } from './identity.ts';
import { type PolicyDocument, readPolicy } from './policy/document.ts';

export type Invoke = (functionArn: string, event: unknown) => Promise<InvokeResult>;

/** An `AWS::IoT::Authorizer` of the template. */
export interface Authorizer {
  readonly name: string;
  readonly functionArn: string;
  /** Name of the query parameter or header that holds the token. */
  readonly tokenKeyName: string | undefined;
}

/** What a client shows before it is let in. */
export interface Credentials {
  readonly connectionId: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** With the question mark; empty without one. */
  readonly queryString: string;
}

export type Authorization =
  | { readonly granted: true; readonly identity: Identity; readonly disconnectAfterS: number }
  | { readonly granted: false; readonly reason: string };

/** "Defining your Lambda function" in the AWS IoT Core developer guide (…/custom-auth-lambda.html). */
const DISCONNECT_AFTER_S = { min: 300, max: 86_400 };
const POLICY_DOCUMENTS_MAX = 10;
const PRINCIPAL_ID = /^[a-zA-Z0-9]{1,128}$/;

/** Asks the authorizer's function who the client is and what it may do. A function that fails lets nobody in. */
export async function authorize(
  { functionArn, tokenKeyName }: Authorizer,
  { connectionId, headers, queryString }: Credentials,
  invoke: Invoke,
): Promise<Authorization> {
  const token =
    tokenKeyName && (new URLSearchParams(queryString).get(tokenKeyName) ?? headers[tokenKeyName.toLowerCase()]);
  const result = await invoke(functionArn, {
    ...(token ? { token } : {}),
    signatureVerified: false,
    protocols: ['tls', 'http', 'mqtt'],
    protocolData: { tls: { serverName: 'localhost' }, http: { headers, queryString } },
    connectionMetadata: { id: connectionId },
  });
  if (result.kind !== 'returned') {
    const why = result.kind === 'failed' ? result.payload.errorMessage : result.message;
    return { granted: false, reason: `the authorizer failed: ${why}` };
  }
  try {
    return readAnswer(result.payload);
  } catch (error) {
    return {
      granted: false,
      reason: `the authorizer's answer: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

function readAnswer(answer: unknown): Authorization {
  if (!isRecord(answer) || answer.isAuthenticated !== true) {
    return { granted: false, reason: 'not authenticated' };
  }
  const { principalId, disconnectAfterInSeconds, policyDocuments } = answer;
  if (typeof principalId !== 'string' || !PRINCIPAL_ID.test(principalId)) {
    throw new Error(`principalId must be 1 to 128 letters and digits, got ${JSON.stringify(principalId)}`);
  }
  const policies = readPolicies(policyDocuments);
  return {
    granted: true,
    disconnectAfterS: readDisconnectAfter(disconnectAfterInSeconds),
    identity: {
      principal: principalId,
      permits: (action, name, clientId) =>
        policiesPermit(policies, new Map([['iot:ClientId', clientId]]), action, name),
    },
  };
}

function readDisconnectAfter(seconds: unknown): number {
  const { min, max } = DISCONNECT_AFTER_S;
  if (!Number.isInteger(seconds) || Number(seconds) < min || Number(seconds) > max) {
    throw new Error(`disconnectAfterInSeconds must be a whole number from ${min} to ${max}, got ${String(seconds)}`);
  }
  return Number(seconds);
}

function readPolicies(documents: unknown): readonly PolicyDocument[] {
  if (!Array.isArray(documents) || documents.length > POLICY_DOCUMENTS_MAX) {
    throw new Error(`policyDocuments must be a list of up to ${POLICY_DOCUMENTS_MAX}`);
  }
  return documents.map(readPolicy);
}
