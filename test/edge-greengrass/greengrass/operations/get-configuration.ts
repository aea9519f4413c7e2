import { textsOf } from '../fields.ts';
import { IpcError } from '../ipc-error.ts';
import type { Answer, Call } from '../nucleus.ts';

/** A component may always read its own. */
export function getConfiguration({ component, request }: Call): Answer {
  let value: unknown = component.configuration;
  for (const key of textsOf(request, 'keyPath')) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
    if (value === undefined) throw new IpcError('ResourceNotFoundError', `Key not found: ${key}`);
  }
  return { response: { componentName: component.name, value } };
}
