import { requireAccess } from '../authorize.ts';
import { textOf } from '../fields.ts';
import type { Answer, Call } from '../nucleus.ts';

export async function subscribeToIotCore({ component, state, request, send }: Call): Promise<Answer> {
  const filter = textOf(request, 'topicName');
  requireAccess(
    component,
    'aws.greengrass.ipc.mqttproxy',
    'aws.greengrass#SubscribeToIoTCore',
    filter,
    state.thingName,
  );
  const end = await state.cloud.subscribe(filter, (topicName, payload) =>
    send('IoTCoreMessage', { message: { topicName, payload: payload.toString('base64') } }),
  );
  return { response: {}, end };
}
