import assert from 'node:assert/strict';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Item, nameOf, type Placeholders } from './expression.ts';

const ASSIGNMENT = /^([#\w]+) = (?:(:\w+)|if_not_exists\(([#\w]+), (:\w+)\))$/;

/** An item with what `SET …` says, in as much of DynamoDB's update expressions as is used here. Throws on any other. */
export function updated(item: Item, expression: string, placeholders: Placeholders): Item {
  assert(expression.startsWith('SET '), `update expression not read: ${expression}`);
  const result: Record<string, AttributeValue> = { ...item };
  for (const assignment of expression.slice('SET '.length).split(/, (?=[#\w]+ = )/)) {
    const [, target, value, standing, fallback] = ASSIGNMENT.exec(assignment) ?? [];
    const wanted = placeholders.values?.[value ?? fallback ?? ''];
    assert(target !== undefined && wanted, `assignment not read: ${assignment}`);
    const stands = standing === undefined ? undefined : item[nameOf(standing, placeholders)];
    result[nameOf(target, placeholders)] = stands ?? wanted;
  }
  return result;
}
