import { greengrasscoreipc } from 'aws-iot-device-sdk-v2';
import { onTestFinished } from 'vitest';

/** The SDK's client as a component has it, but with the socket and the token of the test. */
export async function connectSdk(socketPath: string, authToken: string): Promise<greengrasscoreipc.Client> {
  const client = greengrasscoreipc.createClient({
    ...greengrasscoreipc.createDefaultClientConfig(),
    hostName: socketPath,
    connectTransform: async ({ message }) => ({ ...message, payload: JSON.stringify({ authToken }) }),
  });
  await client.connect();
  onTestFinished(() => client.close());
  return client;
}

/** What the nucleus answered instead of a response. */
export async function errorCodeOf(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    () => 'a response',
    (reason: unknown) => reason,
  );
  return typeof error === 'object' && error !== null && 'serviceError' in error
    ? (error.serviceError as { readonly _errorCode?: unknown })._errorCode
    : error;
}
