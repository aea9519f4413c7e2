import { textOf } from '../fields.ts';
import type { Answer, Call } from '../nucleus.ts';

export function updateState({ state, request }: Call): Answer {
  state.reported.push(textOf(request, 'state'));
  return { response: {} };
}
