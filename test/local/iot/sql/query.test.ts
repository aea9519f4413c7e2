/**
 * Cases written from the AWS IoT Core developer guide, https://docs.aws.amazon.com/iot/latest/developerguide/:
 * "SELECT clause" (iot-sql-select.html), "FROM clause" (iot-sql-from.html), "WHERE clause" (iot-sql-where.html),
 * "Functions" (iot-sql-functions.html), "Operators" (iot-sql-operators.html), "Data types" (iot-sql-data-types.html),
 * "Working with binary payloads" (binary-payloads.html), "JSON extensions" (iot-sql-json.html).
 */
import { describe, expect, it } from 'vitest';
import type { PublishedMessage } from '../../../../local/iot/message.ts';
import { compileQuery } from '../../../../local/iot/sql/query.ts';

const NO_RESULT = 'no result';

function messageWith(payload: unknown, more: Partial<PublishedMessage> = {}): PublishedMessage {
  return {
    topic: 'foo/bar/baz',
    payload: Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload)),
    clientId: '123456789012',
    principal: 'ba67293af50bf2506f5f93469686da660c7c844e7b3950bfb16813e0d31e9373',
    receivedAtMs: 1_481_825_251_155,
    traceId: '12345678-1234-1234-1234-123456789012',
    ...more,
  };
}

function evaluate(sql: string, message: PublishedMessage): unknown {
  const result = compileQuery(sql).evaluate(message);
  return result === undefined ? NO_RESULT : JSON.parse(result.toString('utf8'));
}

/** What one expression gives; Undefined leaves no key behind, and shows as 'Undefined' here. */
function valueOf(expression: string, payload: unknown = {}, more: Partial<PublishedMessage> = {}): unknown {
  const row = evaluate(`SELECT ${expression} AS value FROM 'a/b'`, messageWith(payload, more));
  return typeof row === 'object' && row !== null && 'value' in row ? row.value : 'Undefined';
}

describe('SELECT clause', () => {
  const colored = { color: 'red', temperature: 50 };
  it.each([
    ['SELECT color FROM ', colored, { color: 'red' }],
    ['SELECT color AS my_color FROM ', colored, { my_color: 'red' }],
    ['SELECT color as my_color, temperature as fahrenheit FROM ', colored, { my_color: 'red', fahrenheit: 50 }],
    ['SELECT *, 15 as speed FROM ', colored, { color: 'red', temperature: 50, speed: 15 }],
    [
      'SELECT color.red as red_value FROM ',
      { color: { red: 255, green: 0, blue: 0 }, temperature: 50 },
      { red_value: 255 },
    ],
    ['select COLOR, color from ', colored, { color: 'red' }],
    ['SELECT foo.bar FROM ', { foo: { bar: 'RED' } }, { bar: 'RED' }],
    ['SELECT NULL AS n FROM ', {}, { n: null }],
    ['SELECT foo, bar FROM ', { foo: null }, { foo: null }],
    ['SELECT color.red.deep AS deep FROM ', colored, {}],
    ['SELECT constructor AS c, __proto__ AS p FROM ', {}, {}],
    ['SELECT *, 1 AS __proto__ FROM ', { a: 2 }, JSON.parse('{"a":2,"__proto__":1}')],
  ])("%s'a/b'", (sql, payload, expected) => {
    expect(evaluate(`${sql} 'a/b'`, messageWith(payload))).toEqual(expected);
  });

  it('gives SELECT * the payload byte for byte, JSON or not', () => {
    const payload = Buffer.from([0xc3, 0x01, 0x00, 0xff]);
    expect(compileQuery("SELECT * FROM 'a/b'").evaluate(messageWith(payload))).toEqual(payload);
  });

  it('names the topic filter, and takes a statement without FROM for Basic Ingest', () => {
    expect(compileQuery("SELECT * FROM 'dt/+/#'").topicFilter).toBe('dt/+/#');
    expect(compileQuery('SELECT *').topicFilter).toBeUndefined();
  });
});

describe('functions', () => {
  it.each([
    ['topic()', 'foo/bar/baz'],
    ['topic(1)', 'foo'],
    ['topic(2)', 'bar'],
    ['topic(3)', 'baz'],
    ["topic('2')", 'bar'],
    ['topic(1.6)', 'bar'],
    ['topic(0)', 'Undefined'],
    ['topic(4)', 'Undefined'],
    ['topic(-1)', 'Undefined'],
    ["topic('two')", 'Undefined'],
    ['topic(NULL)', 'Undefined'],
    ['clientid()', '123456789012'],
    ['ClientId()', '123456789012'],
    ['timestamp()', 1_481_825_251_155],
    ['traceid()', '12345678-1234-1234-1234-123456789012'],
    ['principal()', 'ba67293af50bf2506f5f93469686da660c7c844e7b3950bfb16813e0d31e9373'],
    ['regexp_matches("aaaa", "a{2,}")', true],
    ['regexp_matches("aaaa", "b")', false],
    ["regexp_matches('xaax', '^a')", false],
    ['regexp_matches(21, "^2")', true],
    ['regexp_matches(TRUE, "true")', true],
    ["regexp_matches(array, '^.1,2.$')", true],
    ['regexp_matches(NULL, "a")', 'Undefined'],
    ['regexp_matches(absent, "a")', 'Undefined'],
    ["encode('hello', 'base64')", 'aGVsbG8='],
    ['encode(5, "base64")', 'NQ=='],
    ["encode(absent, 'base64')", 'Undefined'],
  ])('%s gives %j', (expression, expected) => {
    expect(valueOf(expression, { array: [1, 2] })).toEqual(expected);
  });

  it('encode(*) takes the payload as bytes, so that binary ones work', () => {
    const payload = Buffer.from([0, 1, 2, 253, 254, 255]);
    expect(valueOf("encode(*, 'base64')", payload)).toBe('AAEC/f7/');
    expect(valueOf("encode(*, 'base64')", Buffer.alloc(0))).toBe('');
  });

  it('traceid() is Undefined, and clientid() n/a, where the message did not come over MQTT', () => {
    const { traceId: _, ...withoutTrace } = messageWith({}, { clientId: 'n/a' });
    const query = compileQuery("SELECT traceid() AS t, clientid() AS c FROM 'a/b'");
    expect(JSON.parse(String(query.evaluate(withoutTrace)))).toEqual({ c: 'n/a' });
  });
});

describe('operators', () => {
  const payload = {
    int: 2,
    whole: 2.0,
    decimal: 1.5,
    text: '2',
    yes: true,
    no: false,
    array: [1, { a: 2 }],
    sameArray: [1, { a: 2 }],
    swapped: [{ a: 2 }, 1],
    object: { a: 1, b: [2] },
    reordered: { b: [2], a: 1 },
    longer: { a: 1, b: [2], c: 3 },
    nothing: null,
  };
  const U = 'Undefined';
  it.each([
    // AND, OR, NOT: Booleans, or strings that say so in any case; anything else is Undefined, on either side.
    ['yes AND yes', true],
    ['yes AND no', false],
    ["'TRUE' AND yes", true],
    ["'true' AND 'False'", false],
    ['no AND absent', U],
    ['absent AND no', U],
    ['yes AND 1', U],
    ["yes AND 'yes'", U],
    ['no OR yes', true],
    ['no OR no', false],
    ["no OR 'tRuE'", true],
    ['yes OR absent', U],
    ['yes OR NULL', U],
    ['NOT no', true],
    ["NOT 'TRUE'", false],
    ['NOT 0', U],
    ['NOT NULL', U],
    ['NOT absent', U],
    ["NOT 'no'", U],
    // = and <> convert nothing but Int to Decimal.
    ['int = 2', true],
    ['int = whole', true],
    ['int = 2.0', true],
    ['int = decimal', false],
    ['int = text', false],
    ["text = '2'", true],
    ['yes = TRUE', true],
    ["yes = 'true'", false],
    ['array = sameArray', true],
    ['array = swapped', false],
    ['object = reordered', true],
    ['object = longer', false],
    ['longer = object', false],
    ['nothing = NULL', true],
    ['nothing = 0', false],
    ['absent = 2', U],
    ['2 = absent', U],
    ['absent = absent', U],
    ['int <> 2', false],
    ['int <> decimal', true],
    ["text <> '2'", false],
    ['int <> text', true],
    ['array <> sameArray', false],
    ['object <> longer', true],
    ['NULL <> NULL', false],
    ['absent <> 2', U],
    ['2 <> absent', U],
    // <, <=, >, >= convert to Decimal: numbers, and strings that are written as one.
    ['int > decimal', true],
    ['2 > 2', false],
    ['int >= text', true],
    ["'-1.2' < 0", true],
    ["'5E-12' > 0", true],
    ["'5e-12' <= '0'", false],
    ['-3 < -2', true],
    ["'1e5' >= 100000", true],
    ["' 1' < 2", U],
    ["'.5' < 2", U],
    ["'1.' < 2", U],
    ["'ten' > 1", U],
    ['yes > 0', U],
    ['NULL < 1', U],
    ['absent < 1', U],
    ['array > 1', U],
    // Precedence: comparison, NOT, AND, OR.
    ['yes OR no AND no', true],
    ['(yes OR no) AND no', false],
    ['NOT no AND no', false],
    ['NOT (no AND no)', true],
    ['NOT int = 3', true],
    ['NOT NOT yes', true],
    ['1 < 2 AND 2 < 3 OR no', true],
  ])('%s is %j', (expression, expected) => {
    expect(valueOf(expression, payload)).toEqual(expected);
  });
});

describe('WHERE clause', () => {
  const message = messageWith({ color: 'red', temperature: 40 });
  it.each([
    ["temperature > 50 AND color <> 'red'", NO_RESULT],
    ["temperature < 50 AND color = 'red'", { c: 'red' }],
    ["topic(1) = 'foo'", { c: 'red' }],
    ["topic(9) = 'foo'", NO_RESULT],
    ["topic(9) <> 'foo'", NO_RESULT],
    ["NOT topic(9) = 'foo'", NO_RESULT],
    ['TRUE', { c: 'red' }],
    ["'true'", NO_RESULT],
    ['NULL', NO_RESULT],
    ["regexp_matches(topic(), '^foo/[^/]+/baz$')", { c: 'red' }],
    ["NOT regexp_matches(topic(), '^foo/[^/]+/baz$')", NO_RESULT],
    // Aliases of SELECT are not seen by WHERE.
    ["c = 'red'", NO_RESULT],
  ])('WHERE %s', (condition, expected) => {
    expect(evaluate(`SELECT color AS c FROM 'a/b' WHERE ${condition}`, message)).toEqual(expected);
  });
});

describe('binary payloads', () => {
  const binary = messageWith(Buffer.from('no JSON'));

  it.each(["SELECT * FROM 'a/b'", "SELECT encode(*, 'base64') AS data, timestamp() AS ts FROM 'a/b'"])(
    'work with %s, which names no field',
    (sql) => expect(compileQuery(sql).evaluate(binary)).toBeDefined(),
  );

  it.each([
    ["SELECT * FROM 'a/b' WHERE device_type = 'thermostat'", /not JSON/],
    ["SELECT *, timestamp() AS timestamp FROM 'a/b'", /not JSON/],
  ])('fail with %s', (sql, reason) => {
    expect(() => compileQuery(sql).evaluate(binary)).toThrow(reason);
  });

  it('SELECT * beside others needs an object', () => {
    expect(() => compileQuery("SELECT *, 1 AS one FROM 'a/b'").evaluate(messageWith([1]))).toThrow(
      'needs a JSON object',
    );
  });
});
