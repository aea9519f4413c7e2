import { expect, it } from 'vitest';
import { presignMqtt } from './presign-mqtt.ts';

it('signs as an implementation of its own does', () => {
  // Expected: Signature Version 4 of this request, computed with Python's hmac and hashlib.
  const url = presignMqtt({
    host: 'abc-ats.iot.us-east-1.amazonaws.com',
    region: 'us-east-1',
    identity: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'a/b+c=' },
    atMs: Date.UTC(2026, 10, 21, 8, 0, 0),
  });
  expect(url).toBe(
    'wss://abc-ats.iot.us-east-1.amazonaws.com/mqtt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIDEXAMPLE%2F20261121%2Fus-east-1%2Fiotdevicegateway%2Faws4_request' +
      '&X-Amz-Date=20261121T080000Z&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=e47ffbe5546a61ed84434140b5ad6ed0cb171536f62c73d4a2676e11a40251d3&X-Amz-Security-Token=a%2Fb%2Bc%3D',
  );
});
