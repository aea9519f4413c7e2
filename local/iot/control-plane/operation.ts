import type { AwsResponse } from '../../gateway/aws-service.ts';
import type { DevelopmentCa } from '../development-ca.ts';
import type { Registry } from '../registry.ts';

/** One operation of the IoT control plane (REST, JSON). */
export interface Operation {
  readonly method: string;
  /** Its groups are what the handler gets as `path`, decoded. */
  readonly path: RegExp;
  handle(request: OperationRequest, context: ControlPlaneContext): Promise<AwsResponse> | AwsResponse;
}

interface OperationRequest {
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty where there is no JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ControlPlaneContext {
  readonly registry: Registry;
  readonly ca: DevelopmentCa;
}

export function jsonResponse(body: object): AwsResponse {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
