import type { AwsResponse, AwsService } from '../gateway/aws-service.ts';
import { errorResponse } from '../gateway/error-response.ts';
import type { PublishResult } from './broker.ts';
import { describeViolation, type Publish } from './limits.ts';

const TOPICS_PATH = '/topics/';

/** The IoT data plane's `Publish`: `POST /topics/{topic}?qos=&retain=`, with the payload as the body. */
export function createDataPlane(publish: (publish: Publish) => Promise<PublishResult>): AwsService {
  return {
    signingName: 'iotdata',
    async handle({ method, url, body }) {
      const { pathname, searchParams } = new URL(url, 'http://localhost');
      const topic = pathname.startsWith(TOPICS_PATH) ? decodePath(pathname.slice(TOPICS_PATH.length)) : undefined;
      if (method !== 'POST' || topic === undefined) {
        return unsupported(`${method} ${pathname}`, 'POST /topics/{topic}');
      }
      const qos = searchParams.get('qos') ?? '0';
      if (qos !== '0' && qos !== '1') {
        return errorResponse(400, 'InvalidRequestException', `qos is ${qos}; expected 0 or 1`);
      }
      const retain = searchParams.get('retain') === 'true';
      const result = await publish({ topic, payload: body, qos: Number(qos), retain });
      return result.accepted
        ? jsonResponse({ message: 'OK' })
        : errorResponse(400, 'InvalidRequestException', describeViolation(result.violation));
    },
  };
}

/** SDKs percent-encode a topic's slashes; one who types the URL does not. */
function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function unsupported(got: string, known: string): AwsResponse {
  return errorResponse(
    400,
    'UnknownOperationException',
    `${got} is not answered by the local cloud, which knows ${known}`,
  );
}

function jsonResponse(body: object): AwsResponse {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
