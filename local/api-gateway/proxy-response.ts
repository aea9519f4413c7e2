import { validateHeaderName, validateHeaderValue } from 'node:http';
import { isRecord } from '../is-record.ts';
import { type HttpAnswer, message } from './http-server.ts';

/** What HTTP says about one connection is not for the function to say. */
const CONNECTION_HEADERS = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade']);

const STATUS_MIN = 200;
const STATUS_MAX = 599;

/**
 * Reads what a function returned for payload format 2.0. An answer without `statusCode` is a body for status 200; one
 * that HTTP cannot carry is an internal server error.
 * docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function toHttpAnswer(returned: unknown): HttpAnswer {
  if (!isRecord(returned) || returned.statusCode === undefined) {
    const body = typeof returned === 'string' ? returned : JSON.stringify(returned);
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const status = Number(returned.statusCode);
  const headers = readHeaders(returned);
  const { body = '' } = returned;
  const isStatus = Number.isInteger(status) && status >= STATUS_MIN && status <= STATUS_MAX;
  if (!isStatus || headers === undefined || typeof body !== 'string') {
    return message(500, 'Internal Server Error');
  }
  return { status, headers, body: returned.isBase64Encoded === true ? Buffer.from(body, 'base64') : body };
}

/** Undefined when HTTP does not allow a name or a value. */
function readHeaders(returned: Readonly<Record<string, unknown>>): Record<string, string | string[]> | undefined {
  const cookies = Array.isArray(returned.cookies) ? returned.cookies.map(String) : [];
  const named = Object.entries(isRecord(returned.headers) ? returned.headers : {})
    .map(([name, value]): [string, string] => [name.toLowerCase(), String(value)])
    .filter(([name]) => !CONNECTION_HEADERS.has(name));
  try {
    named.forEach(([name, value]) => {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    });
    cookies.forEach((cookie) => validateHeaderValue('set-cookie', cookie));
  } catch {
    return undefined;
  }
  return {
    'content-type': 'text/plain;charset=UTF-8',
    ...Object.fromEntries(named),
    ...(cookies.length > 0 && { 'set-cookie': cookies }),
  };
}
