import { requireAccess } from '../authorize.ts';
import { textOf } from '../fields.ts';
import type { Answer, Call } from '../nucleus.ts';

export async function publishToIotCore({ component, state, request }: Call): Promise<Answer> {
  const topic = textOf(request, 'topicName');
  requireAccess(component, 'aws.greengrass.ipc.mqttproxy', 'aws.greengrass#PublishToIoTCore', topic, state.thingName);
  const payload = Buffer.from(textOf(request, 'payload', ''), 'base64');
  await state.cloud.publish(topic, payload, textOf(request, 'qos', '0') === '1' ? 1 : 0);
  return { response: {} };
}
