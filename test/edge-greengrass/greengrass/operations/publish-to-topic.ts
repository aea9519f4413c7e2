import { requireAccess } from '../authorize.ts';
import { recordOf, textOf } from '../fields.ts';
import type { Answer, Call } from '../nucleus.ts';

export function publishToTopic({ component, state, request }: Call): Answer {
  const topic = textOf(request, 'topic');
  requireAccess(component, 'aws.greengrass.ipc.pubsub', 'aws.greengrass#PublishToTopic', topic, state.thingName);
  const message = textOf(recordOf(recordOf(request, 'publishMessage'), 'binaryMessage'), 'message', '');
  for (const { topic: subscribed, listener } of state.topics) if (subscribed === topic) listener(topic, message);
  return { response: {} };
}
