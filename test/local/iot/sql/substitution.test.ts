import { describe, expect, it } from 'vitest';
import { compileTemplate } from '../../../../local/iot/sql/substitution.ts';

const message = {
  topic: 'my/iot/topic',
  payload: Buffer.from('{"deviceid":"iot123","coords":{"latitude":47.6},"none":null}'),
  clientId: 'c',
  principal: '',
  receivedAtMs: 1_579_637_878_451,
};

/** After "Substitution templates", https://docs.aws.amazon.com/iot/latest/developerguide/iot-substitution-templates.html. */
describe('substitution templates', () => {
  it.each([
    ['${topic()}/republish', 'my/iot/topic/republish'],
    ['device/${deviceid}', 'device/iot123'],
    ['${topic(1)}-${ topic(3) }', 'my-topic'],
    ['${timestamp()}', '1579637878451'],
    ['${coords.latitude}', '47.6'],
    ['${coords}', '{"latitude":47.6}'],
    ["${'a}b'}", 'a}b'],
    ['plain', 'plain'],
    ['', ''],
    ['$topic', '$topic'],
    ['[${absent}${none}]', '[]'],
    ['${traceid()}', ''],
  ])('%s gives %s', (template, expected) => {
    expect(compileTemplate(template)(message)).toBe(expected);
  });

  it('give a new UUID each time', () => {
    const template = compileTemplate('${newuuid()}');
    expect(template(message)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(template(message)).not.toBe(template(message));
  });

  it.each([
    ['${rand()}', 'unsupported function "rand"'],
    ['${topic()', 'does not end'],
    ['${}', 'expected an expression'],
    ['${topic() topic()}', 'expected the end of the statement'],
  ])('%s is refused', (template, reason) => {
    expect(() => compileTemplate(template)).toThrow(reason);
  });
});
