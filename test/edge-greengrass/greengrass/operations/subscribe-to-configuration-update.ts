import { textsOf } from '../fields.ts';
import type { Answer, Call } from '../nucleus.ts';

export function subscribeToConfigurationUpdate({ component, state, request, send }: Call): Answer {
  const wanted = textsOf(request, 'keyPath');
  const watcher = {
    component: component.name,
    listener: (keyPath: readonly string[]): void => {
      if (wanted.every((key, index) => key === keyPath[index])) {
        send('ConfigurationUpdateEvents', { configurationUpdateEvent: { componentName: component.name, keyPath } });
      }
    },
  };
  state.watchers.add(watcher);
  return { response: {}, end: () => state.watchers.delete(watcher) };
}
