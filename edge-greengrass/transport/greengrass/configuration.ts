import { setTimeout as delay } from 'node:timers/promises';
import type { ConfigurationSource } from '../../ports.ts';
import { ipcFaultOf, transportErrorOf } from './ipc-fault.ts';
import type { Session } from './session.ts';

/** The key of the component's configuration that holds the gateway's, as its YAML file begins with it. */
const GATEWAY_KEY = 'edge_gateway_v3';

/** A deployment changes many keys, each with an event of its own; they are one change. */
const SETTLE_MS = 200;

/**
 * The configuration that deployments give the component. It is read as `{edge_gateway_v3: …}`, as a file is, and as `{}`
 * where no deployment has given any. A configuration that changed while the nucleus was away is told of as well.
 */
export function createGreengrassConfiguration(session: Session): ConfigurationSource {
  const listeners: (() => void)[] = [];
  let isPending = false;
  const changed = async (): Promise<void> => {
    if (isPending) return;
    isPending = true;
    await delay(SETTLE_MS, undefined, { ref: false });
    isPending = false;
    for (const listener of listeners) listener();
  };

  return {
    async read() {
      try {
        const { value } = await session.call((client) => client.getConfiguration({ keyPath: [GATEWAY_KEY] }));
        return { [GATEWAY_KEY]: value };
      } catch (error) {
        if (ipcFaultOf(error) === 'not-found') return {};
        throw transportErrorOf('reading the configuration', error);
      }
    },
    onChange(listener) {
      listeners.push(listener);
      if (listeners.length > 1) return;
      let isFirst = true;
      const watching = session.keep('watching the configuration', (client) => {
        if (!isFirst) void changed();
        isFirst = false;
        // A component's own configuration is the root: both nuclei take an empty path for it, and none for a missing one.
        return client.subscribeToConfigurationUpdate({ keyPath: [] }).on('message', () => void changed());
      });
      // The session has logged it: a configuration that cannot be watched is still read at the start.
      watching.catch(() => {});
    },
  };
}
