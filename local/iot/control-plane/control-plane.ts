import type { AwsService } from '../../gateway/aws-service.ts';
import { errorResponse } from '../../gateway/error-response.ts';
import { isRecord } from '../../is-record.ts';
import { certificateOperations } from './certificates.ts';
import { describeEndpoint } from './endpoint.ts';
import type { ControlPlaneContext, Operation } from './operation.ts';
import { thingOperations } from './things.ts';

const OPERATIONS: readonly Operation[] = [describeEndpoint, ...thingOperations, ...certificateOperations];

/** The part of the IoT control plane that gives a device its identity: things, certificates and their attachments. */
export function createControlPlane(context: ControlPlaneContext): AwsService {
  return {
    signingName: 'iot',
    async handle({ method, url, headers, body }) {
      const { pathname, searchParams: query } = new URL(url, 'http://localhost');
      for (const operation of OPERATIONS) {
        const match = operation.method === method ? operation.path.exec(pathname) : null;
        if (match !== null) {
          const path = match.slice(1).map(decodeURIComponent);
          return operation.handle({ path, query, headers, body: readObject(body) }, context);
        }
      }
      return errorResponse(
        400,
        'UnknownOperationException',
        `${method} ${pathname} is not answered by the local cloud's IoT control plane`,
      );
    },
  };
}

function readObject(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString());
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
