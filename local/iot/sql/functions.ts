/**
 * The functions that the local cloud knows, after "Functions" in the AWS IoT Core developer guide
 * (https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html).
 *
 * AWS gives Undefined for a wrong number of operands; here the rule is refused instead, because it can never be meant.
 */

import { randomUUID } from 'node:crypto';
import type { Evaluate } from './compile.ts';
import type { Expression } from './expression.ts';
import { compilePattern } from './pattern.ts';
import { toInt, toText } from './value.ts';

type FunctionCompiler = (operands: readonly Expression[], compile: (operand: Expression) => Evaluate) => Evaluate;

/** By name, without regard to case. Throws for any other. */
export function findFunction(name: string): FunctionCompiler {
  const compiler = FUNCTIONS.get(name);
  if (compiler === undefined) {
    throw new Error(`unsupported function "${name}"; the local cloud knows ${[...FUNCTIONS.keys()].join(', ')}`);
  }
  return compiler;
}

const FUNCTIONS: ReadonlyMap<string, FunctionCompiler> = new Map<string, FunctionCompiler>([
  ['clientid', withoutOperands('clientid', (message) => message.clientId)],
  ['encode', compileEncode],
  ['newuuid', withoutOperands('newuuid', () => randomUUID())],
  ['principal', withoutOperands('principal', (message) => message.principal)],
  ['regexp_matches', compileRegexpMatches],
  ['timestamp', withoutOperands('timestamp', (message) => message.receivedAtMs)],
  ['topic', compileTopic],
  ['traceid', withoutOperands('traceid', (message) => message.traceId)],
]);

function withoutOperands(name: string, evaluate: Evaluate): FunctionCompiler {
  return (operands) => {
    if (operands.length > 0) {
      throw wrongOperands(`${name}()`, operands.length);
    }
    return evaluate;
  };
}

function wrongOperands(expected: string, got: number): Error {
  return new Error(`expected ${expected}, got ${got} operand${got === 1 ? '' : 's'}`);
}

/** `topic()`, or `topic(n)`: one level, counted from 1; Undefined where the topic has no such level. */
function compileTopic(...[operands, compile]: Parameters<FunctionCompiler>): Evaluate {
  const [operand, ...others] = operands;
  if (others.length > 0) {
    throw wrongOperands('topic() or topic(n)', operands.length);
  }
  if (operand === undefined) {
    return (message) => message.topic;
  }
  const level = compile(operand);
  return (message) => {
    const index = toInt(level(message));
    return index === undefined ? undefined : message.topic.split('/')[index - 1];
  };
}

/** `encode(value, 'base64')`; `*` is the payload's bytes, any other value is converted to a string first. */
function compileEncode(...[operands, compile]: Parameters<FunctionCompiler>): Evaluate {
  const [value, scheme, ...others] = operands;
  if (value === undefined || scheme === undefined || others.length > 0) {
    throw wrongOperands("encode(value, 'base64')", operands.length);
  }
  if (scheme.kind !== 'literal' || scheme.value !== 'base64') {
    throw new Error("unsupported encoding scheme in encode: expected the literal 'base64'");
  }
  if (value.kind === 'payload') {
    return (message) => message.payload.toString('base64');
  }
  const evaluate = compile(value);
  return (message) => {
    const text = toText(evaluate(message));
    return text === undefined ? undefined : Buffer.from(text, 'utf8').toString('base64');
  };
}

/** `regexp_matches(text, pattern)`: whether the text holds a match. A literal pattern is compiled with the rule. */
function compileRegexpMatches(...[operands, compile]: Parameters<FunctionCompiler>): Evaluate {
  const [text, pattern, ...others] = operands;
  if (text === undefined || pattern === undefined || others.length > 0) {
    throw wrongOperands('regexp_matches(text, pattern)', operands.length);
  }
  const patternText = pattern.kind === 'literal' ? toText(pattern.value) : undefined;
  if (patternText === undefined) {
    throw new Error('unsupported pattern in regexp_matches: expected a literal string');
  }
  const expression = compilePattern(patternText);
  const evaluate = compile(text);
  return (message) => {
    const value = toText(evaluate(message));
    return value === undefined ? undefined : expression.test(value);
  };
}
