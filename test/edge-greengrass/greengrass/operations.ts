import { getConfiguration } from './operations/get-configuration.ts';
import { publishToIotCore } from './operations/publish-to-iot-core.ts';
import { publishToTopic } from './operations/publish-to-topic.ts';
import { subscribeToConfigurationUpdate } from './operations/subscribe-to-configuration-update.ts';
import { subscribeToIotCore } from './operations/subscribe-to-iot-core.ts';
import { subscribeToTopic } from './operations/subscribe-to-topic.ts';
import { updateState } from './operations/update-state.ts';
import type { Answer, Call } from './nucleus.ts';

/** What the gateway asks of a nucleus; of the rest, lite has less. */
export const OPERATIONS: Readonly<Record<string, (call: Call) => Answer | Promise<Answer>>> = {
  GetConfiguration: getConfiguration,
  PublishToIoTCore: publishToIotCore,
  PublishToTopic: publishToTopic,
  SubscribeToConfigurationUpdate: subscribeToConfigurationUpdate,
  SubscribeToIoTCore: subscribeToIotCore,
  SubscribeToTopic: subscribeToTopic,
  UpdateState: updateState,
};
