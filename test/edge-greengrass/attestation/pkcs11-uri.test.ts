import { expect, it } from 'vitest';
import { parsePkcs11Uri } from '../../../edge-greengrass/attestation/pkcs11-uri.ts';

it('reads what RFC 7512 has of keys in tokens', () => {
  // After the examples of section 3.
  const uri =
    'pkcs11:token=The%20Software%20PKCS%2311;object=my-key;type=private;id=%69%95%3E?module-path=/lib/p11.so&pin-value=the-pin';
  expect(parsePkcs11Uri(uri)).toEqual({
    modulePath: '/lib/p11.so',
    token: 'The Software PKCS#11',
    object: 'my-key',
    id: Buffer.from([0x69, 0x95, 0x3e]),
    pin: 'the-pin',
  });
  expect(parsePkcs11Uri('pkcs11:object=M%C3%BCller?pin-source=file:/etc/token_pin', '/lib/p11.so')).toEqual({
    modulePath: '/lib/p11.so',
    object: 'Müller',
    pinSource: '/etc/token_pin',
  });
});

it.each([
  ['/opt/tpm/key.pem', 'expected a PKCS #11 URI'],
  ['pkcs11:object=gps', 'module-path is missing'],
  ['pkcs11:object=gps;slot-id=3?module-path=/lib/p11.so', 'got "slot-id=3", expected one of token'],
  ['pkcs11:gps?module-path=/lib/p11.so', 'got "gps"'],
])('refuses %s', (uri, message) => {
  expect(() => parsePkcs11Uri(uri)).toThrow(message);
});
