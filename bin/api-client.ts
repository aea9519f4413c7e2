import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from './target.ts';

/** What a command says when it cannot do its work: one line, exit code 1, no stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

export interface ApiClient {
  /** The JSON answer of `GET path`. Throws a `CommandError` with the problem document's detail. */
  get<Answer>(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<Answer>;
}

export function apiClient(target: Target): ApiClient {
  const token = target.token ?? savedToken(target.dataDirectory);
  return {
    async get<Answer>(path: string, query: Readonly<Record<string, string | undefined>> = {}) {
      const url = new URL(path, target.apiUrl);
      for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
      const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } }).catch((error: unknown) => {
        throw new CommandError(
          `no answer from ${target.apiUrl}: is the local cloud running? Start it with: npm start`,
          {
            cause: error,
          },
        );
      });
      if (!answer.ok) throw new CommandError(await reasonOf(answer));
      return (await answer.json()) as Answer;
    },
  };
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
