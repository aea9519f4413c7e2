import { describe, expect, it } from 'vitest';
import { compileQuery } from '../../../../local/iot/sql/query.ts';

describe('SQL that the local cloud does not know is refused by name', () => {
  it.each([
    ["SELECT aws_lambda('arn', *) AS x FROM 'a'", 'unsupported function "aws_lambda"'],
    ["SELECT Get(a, 0) AS x FROM 'a'", 'unsupported function "get"'],
    ["SELECT VALUE color FROM 'a'", 'unsupported keyword "VALUE"'],
    ["SELECT CASE a WHEN 1 THEN 2 END AS x FROM 'a'", 'unsupported keyword "CASE"'],
    ["SELECT a + 1 AS x FROM 'a'", 'unsupported operator "+"'],
    ["SELECT a - 1 AS x FROM 'a'", 'unsupported operator "-"'],
    ["SELECT a * 2 AS x FROM 'a'", 'unsupported operator "*"'],
    ["SELECT a / 2 AS x FROM 'a'", 'unsupported operator "/"'],
    ["SELECT * FROM 'a' WHERE timestamp() % 12 = 0", 'unsupported operator "%"'],
    ["SELECT * FROM 'a' WHERE a != 1", 'unsupported operator "!="'],
    ["SELECT * FROM 'a' WHERE a IN (1, 2)", 'unsupported operator "IN"'],
    ["SELECT a[0] AS x FROM 'a'", 'unsupported operator "["'],
    ["SELECT topic().x AS x FROM 'a'", 'unsupported operator "."'],
    ["SELECT [a, b] AS x FROM 'a'", 'unsupported array literal'],
    ["SELECT {'a': b} AS x FROM 'a'", 'unsupported object literal'],
    ["SELECT foo.bar AS bar.baz FROM 'a'", 'unsupported dotted alias "bar.…"'],
    ["SELECT mydata.item2 AS x FROM 'a'", 'unsupported field name "item2"'],
    ["SELECT encode(*, 'hex') AS x FROM 'a'", "expected the literal 'base64'"],
    ["SELECT encode(*, topic()) AS x FROM 'a'", "expected the literal 'base64'"],
    ["SELECT topic(*) AS x FROM 'a'", 'unsupported * as an operand'],
    ["SELECT * FROM 'a' WHERE regexp_matches(a, b)", 'expected a literal string'],
    ["SELECT * FROM 'a' WHERE regexp_matches(a, '(')", '"(" is not a regular expression'],
    ["SELECT * FROM 'a' WHERE regexp_matches(a, '(?i)x')", 'unsupported inline flag'],
    ["SELECT * FROM 'a' WHERE regexp_matches(a, 'x++')", 'unsupported possessive quantifier'],
    ["SELECT * FROM 'a' WHERE regexp_matches(a, '(?>x)')", 'unsupported atomic group'],
    ["SELECT * FROM 'a' WHERE regexp_matches(a, '[a[b]]')", 'unsupported nested character class'],
    ["SELECT * FROM 'a' WHERE regexp_matches(a, 'a\\.b')", 'unsupported backslash'],
    ["SELECT 9007199254740992 AS x FROM 'a'", 'unsupported number 9007199254740992'],
  ])('%s', (sql, reason) => {
    expect(() => compileQuery(sql)).toThrow(reason);
  });
});

describe('SQL that is none is refused with the place', () => {
  it.each([
    ['', 'expected SELECT, got end of the statement'],
    ["UPDATE x FROM 'a'", 'expected SELECT, got UPDATE at column 1'],
    ["SELECT FROM 'a'", 'expected an expression, got FROM at column 8'],
    ["SELECT topic() FROM 'a'", 'the selection at column 8 has no name'],
    ["SELECT 1 AS a, 2 AS a FROM 'x'", '"a" is selected twice'],
    ['SELECT * FROM a/b', 'FROM takes a topic filter in single quotes, got a at column 15'],
    ["SELECT * FROM 'a", 'string at column 15 has no closing quote'],
    ["SELECT * FROM 'a' WHERE", 'expected an expression, got end of the statement'],
    ["SELECT * FROM 'a' WHERE (a = 1", 'expected ")"'],
    ["SELECT * FROM 'a' WHERE a = 1 b", 'expected the end of the statement, got b at column 31'],
    ["SELECT * FROM 'a' WHERE a ; b", 'unexpected character ";" at column 27'],
    ["SELECT - a AS x FROM 'a'", 'expected a number after "-"'],
    ["SELECT topic(1, 2) AS x FROM 'a'", 'expected topic() or topic(n), got 2 operands'],
    ["SELECT timestamp(1) AS x FROM 'a'", 'expected timestamp(), got 1 operand'],
    ["SELECT encode(*) AS x FROM 'a'", "expected encode(value, 'base64'), got 1 operand"],
    ["SELECT regexp_matches('a') AS x FROM 'a'", 'expected regexp_matches(text, pattern), got 1 operand'],
    ["SELECT a AS 5 FROM 'a'", 'expected a name, got 5 at column 13'],
  ])('%s', (sql, reason) => {
    expect(() => compileQuery(sql)).toThrow(reason);
  });
});
