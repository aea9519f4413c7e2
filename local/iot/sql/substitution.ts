import type { PublishedMessage } from '../message.ts';
import { compileExpression } from './compile.ts';
import { parseExpression } from './parser.ts';
import { toText } from './value.ts';

/** An expression in `${…}`; a brace inside a quoted string does not end it. */
const SUBSTITUTION = /\$\{((?:'[^']*'|"[^"]*"|[^'"}])*)\}/g;

/**
 * Compiles an action's parameter with substitution templates, such as `${topic()}/copy` ("Substitution templates" in
 * the AWS IoT Core developer guide). Undefined and Null become the empty string. Throws as the SQL's own expressions do.
 */
export function compileTemplate(template: string): (message: PublishedMessage) => string {
  const parts: ((message: PublishedMessage) => string)[] = [];
  let end = 0;
  for (const match of template.matchAll(SUBSTITUTION)) {
    parts.push(constant(template.slice(end, match.index)), substituted(match[1] ?? ''));
    end = match.index + match[0].length;
  }
  parts.push(constant(template.slice(end)));
  return (message) => parts.map((part) => part(message)).join('');
}

function constant(text: string): () => string {
  if (text.includes('${')) {
    throw new Error(`a substitution template in "${text}" does not end; expected \${expression}`);
  }
  return () => text;
}

function substituted(text: string): (message: PublishedMessage) => string {
  const evaluate = compileExpression(parseExpression(text));
  return (message) => toText(evaluate(message)) ?? '';
}
