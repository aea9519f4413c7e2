import { localArn } from '../../aws.ts';
import { errorResponse } from '../../gateway/error-response.ts';
import { isRecord } from '../../is-record.ts';
import { certificateArn, type Thing } from '../registry.ts';
import { type Operation, jsonResponse } from './operation.ts';

/** "CreateThing" and "AttributePayload" in the AWS IoT API reference. */
const THING_NAME = /^[a-zA-Z0-9:_-]{1,128}$/;
const ATTRIBUTE_NAME = /^[a-zA-Z0-9_.,@/:#-]{1,128}$/;
const ATTRIBUTE_VALUE = /^[a-zA-Z0-9_.,@/:#=[\]-]{0,800}$/;
const ATTRIBUTES_MAX = { untyped: 3, typed: 50 };

/** Creating the same thing twice is no mistake; another one of that name is. */
const createThing: Operation = {
  method: 'POST',
  path: /^\/things\/([^/]+)$/,
  handle({ path: [name = ''], body }, { registry }) {
    const { thingTypeName, attributePayload } = body;
    const typeName = typeof thingTypeName === 'string' ? thingTypeName : undefined;
    const attributes =
      isRecord(attributePayload) && isRecord(attributePayload.attributes) ? attributePayload.attributes : {};
    const fault = findFault(name, typeName, attributes);
    if (fault !== undefined) {
      return errorResponse(400, 'InvalidRequestException', fault);
    }
    if (typeName !== undefined && !registry.thingTypes.has(typeName)) {
      return errorResponse(404, 'ResourceNotFoundException', `Thing type ${typeName} does not exist`);
    }
    const thing: Thing = { name, typeName, attributes: Object.fromEntries(sortedTexts(attributes)) };
    const existing = registry.findThing(name);
    if (existing !== undefined && !isSame(existing, thing)) {
      return errorResponse(
        409,
        'ResourceAlreadyExistsException',
        `Thing ${name} already exists in account with different attributes or another type`,
      );
    }
    registry.putThing(thing);
    return jsonResponse(named(name));
  },
};

const describeThing: Operation = {
  method: 'GET',
  path: /^\/things\/([^/]+)$/,
  handle({ path: [name = ''] }, { registry }) {
    const thing = registry.findThing(name);
    return thing === undefined
      ? errorResponse(404, 'ResourceNotFoundException', `Thing ${name} does not exist`)
      : jsonResponse({ ...named(name), thingTypeName: thing.typeName, attributes: thing.attributes, version: 1 });
  },
};

/** "ListThingPrincipals" in the AWS IoT API reference; a thing has too few for pages. */
const listThingPrincipals: Operation = {
  method: 'GET',
  path: /^\/things\/([^/]+)\/principals$/,
  handle({ path: [name = ''] }, { registry }) {
    return registry.findThing(name) === undefined
      ? errorResponse(404, 'ResourceNotFoundException', `Thing ${name} does not exist`)
      : jsonResponse({ principals: registry.certificatesOf(name).map(certificateArn) });
  },
};

function named(name: string): object {
  return { thingName: name, thingArn: localArn('iot', `thing/${name}`), thingId: name };
}

function findFault(
  name: string,
  typeName: string | undefined,
  attributes: Readonly<Record<string, unknown>>,
): string | undefined {
  if (!THING_NAME.test(name)) {
    return `thingName is ${name}; expected ${THING_NAME.source}`;
  }
  const entries = Object.entries(attributes);
  const max = typeName === undefined ? ATTRIBUTES_MAX.untyped : ATTRIBUTES_MAX.typed;
  if (entries.length > max) {
    return `a thing ${typeName === undefined ? 'without a type ' : ''}has at most ${max} attributes, got ${entries.length}`;
  }
  const bad = entries.find(([key, value]) => !ATTRIBUTE_NAME.test(key) || !ATTRIBUTE_VALUE.test(String(value)));
  return bad && `attribute ${bad[0]} is ${String(bad[1])}; expected ${ATTRIBUTE_VALUE.source}`;
}

function sortedTexts(attributes: Readonly<Record<string, unknown>>): [string, string][] {
  return Object.entries(attributes)
    .map(([key, value]): [string, string] => [key, String(value)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function isSame(a: Thing, b: Thing): boolean {
  return a.typeName === b.typeName && JSON.stringify(a.attributes) === JSON.stringify(b.attributes);
}

export const thingOperations: readonly Operation[] = [createThing, describeThing, listThingPrincipals];
