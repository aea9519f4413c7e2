/** One AWS API of the local cloud, behind the one port that answers them all. */
export interface AwsService {
  /** Service name in the SigV4 credential scope, such as `kinesis`. */
  readonly signingName: string;
  /** Prefix of `X-Amz-Target` for the JSON protocols, such as `Kinesis_20131202`; absent for REST services. */
  readonly targetPrefix?: string;
  handle(request: AwsRequest): Promise<AwsResponse>;
  /** The largest body that it takes, where that is more than `BODY_BYTES_MAX`. */
  readonly bodyBytesMax?: number;
  /** How the service says that a body is larger than the gateway takes; the JSON protocols' error where absent. */
  bodyTooLarge?(): AwsResponse;
}

export interface AwsRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The operation that `X-Amz-Target` names; empty for REST services. */
  readonly operation: string;
  readonly body: Buffer;
}

export interface AwsResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}
