import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from './command-error.ts';
import type { Target } from './target.ts';

export interface ApiClient {
  /** The JSON answer of `GET path`. Throws a `CommandError` with the problem document's detail. */
  get<Answer>(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<Answer>;
  /** The same of `POST path`; what is asked for again under one key is done once, where the path takes keys. */
  post<Answer>(path: string, body: object, idempotencyKey?: string): Promise<Answer>;
}

interface ApiRequest extends RequestInit {
  readonly headers?: Readonly<Record<string, string>>;
}

export function apiClient(target: Target): ApiClient {
  const token = tokenOf(target);
  const answerOf = async <Answer>(url: URL, request: ApiRequest): Promise<Answer> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...request.headers };
    const answer = await fetch(url, { ...request, headers }).catch((error: unknown) => {
      throw new CommandError(`no answer from ${target.apiUrl}: if that is a local cloud, start it with npm start`, {
        cause: error,
      });
    });
    if (!answer.ok) throw new CommandError(await reasonOf(answer));
    return (await answer.json()) as Answer;
  };
  return {
    get(path, query = {}) {
      const url = new URL(path, target.apiUrl);
      for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
      return answerOf(url, {});
    },
    post(path, body, idempotencyKey) {
      const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
      return answerOf(new URL(path, target.apiUrl), { method: 'POST', body: JSON.stringify(body), headers });
    },
  };
}

export function tokenOf({ token, dataDirectory }: Target): string {
  return token ?? savedToken(dataDirectory);
}

function savedToken(dataDirectory: string): string {
  const path = join(dataDirectory, 'token');
  if (!existsSync(path)) {
    throw new CommandError(`no token at ${path}: start the local cloud with npm start, or give --token`);
  }
  return readFileSync(path, 'utf8').trim();
}

async function reasonOf(answer: Response): Promise<string> {
  if (answer.status === 401) return '401: the token is missing, forged or expired; npm start prints a fresh one';
  const text = await answer.text();
  try {
    const { detail, message } = JSON.parse(text) as { detail?: string; message?: string };
    return `${answer.status}: ${detail ?? message ?? text}`;
  } catch {
    return `${answer.status}: ${text}`;
  }
}
