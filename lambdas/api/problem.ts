import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An error as a problem document (RFC 9457). `title` names the kind of error, `detail` this case and how to mend it. */
interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
};

/** To be thrown: stops the request with this problem. */
export function problem(status: ContentfulStatusCode, detail: string): HTTPException {
  return new HTTPException(status, { res: problemResponse(status, detail) });
}

export function problemResponse(status: number, detail: string): Response {
  const body: Problem = { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail };
  return Response.json(body, { status, headers: { 'content-type': 'application/problem+json' } });
}
