import { type Input, readInteger, readText } from '../input.ts';
import { LIST_PAGE_MAX } from '../limits.ts';
import { refuse } from '../refusal.ts';

/** One page of a list in the order of names. The token is the last name of the page before. */
export function listPage<Item extends { readonly name: string }>(
  input: Input,
  list: (after: string, limit: number) => readonly Item[],
): { readonly page: readonly Item[]; readonly token: { readonly NextToken?: string } } {
  const limit = readInteger(input, 'MaxResults', { min: 1, max: LIST_PAGE_MAX }) ?? LIST_PAGE_MAX;
  const items = list(decodeToken(readText(input, 'NextToken')), limit + 1);
  const page = items.slice(0, limit);
  const last = items.length > limit ? page.at(-1) : undefined;
  return { page, token: last === undefined ? {} : { NextToken: Buffer.from(last.name).toString('base64url') } };
}

function decodeToken(token: string | undefined): string {
  const name = Buffer.from(token ?? '', 'base64url').toString();
  const genuine = Buffer.from(name).toString('base64url') === (token ?? '');
  return genuine ? name : refuse('ValidationException', `Value at 'NextToken' is not one that a list returned`);
}
