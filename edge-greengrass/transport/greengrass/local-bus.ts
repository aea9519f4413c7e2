import type { LocalBus } from '../../ports.ts';
import { transportErrorOf } from './ipc-fault.ts';
import { bytesOf } from './payload.ts';
import type { Session } from './session.ts';

/** Publish and subscribe between the components of the core device; the cloud takes no part in it. */
export function createGreengrassBus(session: Session): LocalBus {
  return {
    async publish(topic, payload) {
      try {
        await session.call((client) =>
          client.publishToTopic({ topic, publishMessage: { binaryMessage: { message: payload } } }),
        );
      } catch (error) {
        throw transportErrorOf(`publishing to ${topic} on this device`, error);
      }
    },
    subscribe: (topic, listener) =>
      session.keep(`subscribing to ${topic} on this device`, (client) =>
        client.subscribeToTopic({ topic }).on('message', ({ binaryMessage, jsonMessage }) => {
          if (binaryMessage !== undefined) listener(bytesOf(binaryMessage.message));
          else listener(new TextEncoder().encode(JSON.stringify(jsonMessage?.message)));
        }),
      ),
  };
}
