import type { Connections } from '../connect.ts';
import type { GreengrassSettings } from '../settings.ts';
import { createGreengrassConfiguration } from './configuration.ts';
import { NUCLEUS_LIMITS } from './limits.ts';
import { createGreengrassBus } from './local-bus.ts';
import { createSession } from './session.ts';
import { createGreengrassSupervisor } from './supervisor.ts';
import { createGreengrassTransport } from './transport.ts';

/** All that the nucleus offers the component, over one connection. */
export async function createGreengrass(
  settings: GreengrassSettings,
  log: (line: string) => void,
): Promise<Connections> {
  const { socketPath, authToken, nucleus, thingName } = settings;
  const known = NUCLEUS_LIMITS[nucleus];
  const payloadBytesMax = Math.min(settings.payloadBytesMax ?? known.payloadBytesMax, known.payloadBytesMax);
  const session = await createSession({ socketPath, authToken, log });
  const transport = createGreengrassTransport({ session, limits: { ...known, payloadBytesMax } });
  return {
    transport,
    localBus: createGreengrassBus(session),
    supervisor: createGreengrassSupervisor(session),
    configuration: createGreengrassConfiguration(session),
    description: `Greengrass nucleus ${nucleus} as ${thingName}`,
    close: () => transport.close(),
  };
}
