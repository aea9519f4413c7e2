import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeEndpointCommand, type IoTClient } from '@aws-sdk/client-iot';
import type { Target } from '../target.ts';

/** AWS IoT Core's port for MQTT with client certificates. */
const AWS_MQTTS_PORT = 8883;

/** Where a device connects. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** What vouches for the endpoint; undefined where the operating system knows it. */
  readonly caFile: string | undefined;
}

export async function findEndpoint(iot: IoTClient, target: Target, directory: string): Promise<Endpoint> {
  const { endpointAddress: host = '' } = await iot.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }));
  if (!target.awsEndpoint) return { host, port: AWS_MQTTS_PORT, caFile: undefined };
  const caFile = join(directory, 'ca.cert.pem');
  copyFileSync(join(target.dataDirectory, 'iot', 'ca.cert.pem'), caFile);
  return { host, port: Number(new URL(target.localMqttsUrl).port), caFile };
}
