import type { MqttClient } from 'mqtt';

export interface Received {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

/** The next message that the client receives. */
export function nextMessage(client: MqttClient): Promise<Received> {
  return new Promise((resolve) => {
    client.once('message', (topic, payload, { retain }) => resolve({ topic, payload: String(payload), retain }));
  });
}

export function whenConnected(client: MqttClient): Promise<'connected'> {
  return new Promise((resolve) => client.once('connect', () => resolve('connected')));
}

export function whenClosed(client: MqttClient): Promise<'closed'> {
  return new Promise((resolve) => client.once('close', () => resolve('closed')));
}
