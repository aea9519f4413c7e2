import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  nextSequence,
  OUTCOMES,
  readPacket,
  writeAcknowledgement,
  writeReport,
} from '../../../../edge-greengrass/adapters/radio/packet.ts';

const number = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test('a report has the bytes that its description says', () => {
  const bytes = writeReport({
    kind: 'report',
    node: 'n1',
    session: 0x01020304,
    sequence: 0xfffffffe,
    body: Uint8Array.of(0x7b, 0x7d),
  });
  expect(Buffer.from(bytes).toString('hex')).toBe(['11', '01020304', 'fffffffe', '02', '6e31', '7b7d'].join(''));
});

test('an acknowledgement has the bytes that its description says', () => {
  const bytes = writeAcknowledgement({ kind: 'acknowledgement', session: 1, sequence: 2, outcome: 'refused' });
  expect(Buffer.from(bytes).toString('hex')).toBe(['12', '00000001', '00000002', '02'].join(''));
});

test('what is written is read', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[A-Za-z0-9:.-]{1,64}$/),
      number,
      number,
      fc.uint8Array(),
      (node, session, sequence, body) => {
        const report = { kind: 'report', node, session, sequence, body } as const;
        expect(readPacket(writeReport(report))).toEqual(report);
      },
    ),
  );
  fc.assert(
    fc.property(number, number, fc.constantFrom(...OUTCOMES), (session, sequence, outcome) => {
      const acknowledgement = { kind: 'acknowledgement', session, sequence, outcome } as const;
      expect(readPacket(writeAcknowledgement(acknowledgement))).toEqual(acknowledgement);
    }),
  );
});

test('any other bytes are malformed', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const packet = readPacket(bytes);
      if ('ok' in packet) expect(packet.reason).toBe('malformed');
    }),
  );
});

test('after the last sequence comes the first', () => {
  expect(nextSequence(2 ** 32 - 1)).toBe(0);
  expect(nextSequence(0)).toBe(1);
});
