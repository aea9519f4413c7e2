import type { Context } from 'hono';
import { encodeName } from '../../core/codec/encode-name.ts';
import { isName } from '../../core/schema/names.ts';
import { authoritySource } from '../../core/twin/authority.ts';
import { problem } from './problem.ts';

/** As much as is read here of what API Gateway's JWT authorizer hands over (payload format 2.0). */
interface GatewayBindings {
  readonly event?: {
    readonly requestContext?: {
      readonly authorizer?: { readonly jwt?: { readonly claims?: { readonly sub?: unknown } } };
    };
  };
}

/** The source that the bearer of the token speaks as: nobody can speak as another. Throws a 403 where nobody can tell. */
export function authorityOf({ env }: Context): string {
  const { event }: GatewayBindings = env ?? {};
  const subject = event?.requestContext?.authorizer?.jwt?.claims?.sub;
  const name = typeof subject === 'string' ? encodeName(subject) : '';
  if (isName(name)) return authoritySource(name);
  throw problem(403, 'the token names no subject, or one of more than 64 characters, who could answer for this');
}
