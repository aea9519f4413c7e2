import { eventstream_rpc } from 'aws-iot-device-sdk-v2';
import { TransportError } from '../transport-error.ts';

/** Whose answer it is that a call failed. */
export type IpcFault = 'not-authorized' | 'not-found' | 'refused' | 'disconnected';

/**
 * `refused` is what the nucleus answers where it could not do it, which for a publish to the cloud means that the cloud
 * is out of reach; `disconnected`, that the nucleus itself is.
 */
export function ipcFaultOf(error: unknown): IpcFault {
  if (!(error instanceof eventstream_rpc.RpcError) || error.type !== eventstream_rpc.RpcErrorType.ServiceError) {
    return 'disconnected';
  }
  switch (error.serviceError?._errorCode) {
    case 'UnauthorizedError':
      return 'not-authorized';
    case 'ResourceNotFoundError':
      return 'not-found';
    default:
      return 'refused';
  }
}

/** The failure of a call as the transport tells it; `what` says what was tried, such as `publishing to a/b`. */
export function transportErrorOf(what: string, cause: unknown): TransportError {
  if (cause instanceof TransportError) return cause;
  const why = messageOf(cause);
  return ipcFaultOf(cause) === 'not-authorized'
    ? new TransportError(
        'not-authorized',
        `${what}: the nucleus does not let this component do it (${why}); its accessControl in the recipe must allow it`,
        { cause },
      )
    : new TransportError('line-down', `${what}: ${why}`, { cause });
}

export function messageOf(error: unknown): string {
  if (error instanceof eventstream_rpc.RpcError && error.serviceError?._message) return error.serviceError._message;
  return error instanceof Error ? error.message : String(error);
}
