import { expect, test } from 'vitest';
import { type Outcome, writeReport } from '../../../../edge-greengrass/adapters/radio/packet.ts';
import { checkOnly } from '../../../../edge-greengrass/adapters/radio/protection.ts';
import { createRadioReceiver, NODES_MAX, REMEMBERED_MAX } from '../../../../edge-greengrass/adapters/radio/receiver.ts';

function start(outcome: () => Outcome = () => 'kept') {
  const handled: string[] = [];
  const refused: string[] = [];
  const receiver = createRadioReceiver(checkOnly, {
    async handle({ node, sequence }) {
      handled.push(`${node} ${sequence}`);
      return outcome();
    },
    refuse: ({ reason }) => refused.push(reason),
    duplicate: () => {},
  });
  let answers = 0;
  const report = async (node: string, sequence: number, session = 1) => {
    const datagram = checkOnly.protect(
      writeReport({ kind: 'report', node, session, sequence, body: new Uint8Array() }),
    );
    if ('ok' in datagram) throw new Error(datagram.detail);
    await receiver.receive(datagram, () => {
      answers += 1;
    });
  };
  return { handled, refused, report, answers: () => answers };
}

test('a report that comes again is acknowledged again, but handled once', async () => {
  const { report, handled, answers } = start();
  for (let copy = 0; copy < 3; copy += 1) await report('n', 7);
  expect([handled, answers()]).toEqual([['n 7'], 3]);
});

test('so many reports are remembered, the oldest goes', async () => {
  const { report, handled } = start();
  for (let sequence = 0; sequence < REMEMBERED_MAX; sequence += 1) await report('n', sequence);
  await report('n', 0);
  expect(handled).toHaveLength(REMEMBERED_MAX);
  await report('n', REMEMBERED_MAX);
  await report('n', 0);
  expect(handled.slice(REMEMBERED_MAX)).toEqual([`n ${REMEMBERED_MAX}`, 'n 0']);
});

test('a node that starts again begins anew', async () => {
  const { report, handled } = start();
  await report('n', 0, 1);
  await report('n', 0, 2);
  expect(handled).toHaveLength(2);
});

test('so many nodes are heard on a link, and no more', async () => {
  const { report, handled, refused } = start();
  for (let node = 0; node < NODES_MAX; node += 1) await report(`n-${node}`, 0);
  expect([handled.length, refused]).toEqual([NODES_MAX, []]);
  await report('one-more', 0);
  await report('n-0', 1);
  expect([handled.length, refused]).toEqual([NODES_MAX + 1, ['not-authorized']]);
});

test('what is for later is handled when it comes again', async () => {
  let outcome: Outcome = 'later';
  const { report, handled } = start(() => outcome);
  await report('n', 0);
  outcome = 'kept';
  await report('n', 0);
  await report('n', 0);
  expect(handled).toHaveLength(2);
});
