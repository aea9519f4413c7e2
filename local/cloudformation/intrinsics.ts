import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../is-record.ts';
import { TemplateError } from './template-error.ts';

/** What intrinsic functions may ask for. A lookup that finds nothing gives undefined. */
export interface Scope {
  /** Parameter, pseudo parameter or resource. */
  ref(name: string): unknown;
  attribute(logicalId: string, name: string): unknown;
  importValue(exportName: string): unknown;
  condition(name: string): boolean | undefined;
  mapping(map: string, topKey: string, secondKey: string): unknown;
}

/** What `AWS::NoValue` stands for: the property, or the list's element, that holds it is left out. */
export const NO_VALUE = Symbol('AWS::NoValue');

type Evaluate = (argument: unknown, scope: Scope, path: string) => unknown;

/**
 * Gives `value` with every intrinsic function replaced by what it stands for (CloudFormation Template Reference,
 * "Intrinsic function reference"). `path` is where the value stands, for messages: `Stack/LogicalId.Properties`.
 * Throws {@link TemplateError} on an unresolved name or an unsupported function.
 */
export function resolve(value: unknown, scope: Scope, path: string): unknown {
  if (typeof value === 'string') {
    if (value.includes('{{resolve:')) {
      throw new TemplateError(`${path}: dynamic references ({{resolve:…}}) are not supported locally, got "${value}"`);
    }
    return value;
  }
  if (Array.isArray(value)) {
    return value
      .map((element, index) => resolve(element, scope, `${path}[${index}]`))
      .filter((element) => element !== NO_VALUE);
  }
  if (!isRecord(value)) {
    return value;
  }
  const name = intrinsicName(value);
  if (name !== undefined) {
    const evaluate = INTRINSICS[name];
    if (evaluate === undefined) {
      throw new TemplateError(`${path}: ${name} is not supported locally`);
    }
    return evaluate(value[name], scope, `${path}.${name}`);
  }
  return resolveMembers(value, scope, path);
}

/** Resolves each member of an object that is no call itself. */
export function resolveMembers(
  value: Readonly<Record<string, unknown>>,
  scope: Scope,
  path: string,
): Record<string, unknown> {
  const resolved: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const result = resolve(member, scope, `${path}.${key}`);
    if (result !== NO_VALUE) {
      resolved[key] = result;
    }
  }
  return resolved;
}

/** The function that an object calls, if it is a call: an object of one key, `Ref` or `Fn::…`. */
export function intrinsicName(value: Readonly<Record<string, unknown>>): string | undefined {
  const [name, ...others] = Object.keys(value);
  if (name === undefined || others.length > 0) {
    return undefined;
  }
  return name === 'Ref' || name.startsWith('Fn::') ? name : undefined;
}

const INTRINSICS: Readonly<Record<string, Evaluate>> = {
  Ref: (name, scope, path) =>
    known(scope.ref(text(name, path)), path, `no parameter or resource named ${String(name)}`),

  'Fn::GetAtt': (argument, scope, path) => {
    const [logicalId, attribute] = attributePath(argument, scope, path);
    return known(
      scope.attribute(logicalId, attribute),
      path,
      `no resource ${logicalId} with an attribute ${attribute}`,
    );
  },

  'Fn::Sub': (argument, scope, path) => {
    const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
    const own = isRecord(variables) ? resolveMembers(variables, scope, `${path}[1]`) : {};
    return text(template, path).replaceAll(/\$\{(!?)([^}]*)\}/g, (_, literal: string, inner: string) => {
      const name = inner.trim();
      if (literal) {
        return `\${${inner}}`;
      }
      if (Object.hasOwn(own, name)) {
        return text(own[name], `${path}[1].${name}`);
      }
      const dot = name.indexOf('.');
      const found = dot < 0 ? scope.ref(name) : scope.attribute(name.slice(0, dot), name.slice(dot + 1));
      return text(known(found, path, `nothing that \${${name}} could stand for`), path);
    });
  },

  'Fn::Join': (argument, scope, path) => {
    const [separator, parts] = pair(argument, path);
    return list(parts, scope, `${path}[1]`)
      .map((part) => text(part, path))
      .join(text(separator, path));
  },

  'Fn::Select': (argument, scope, path) => {
    const [index, options] = pair(argument, path);
    const chosen = list(options, scope, `${path}[1]`)[Number(resolve(index, scope, `${path}[0]`))];
    return known(chosen, path, `no element ${String(index)} in the list`);
  },

  'Fn::Split': (argument, scope, path) => {
    const [separator, source] = pair(argument, path);
    return text(resolve(source, scope, `${path}[1]`), path).split(text(separator, path));
  },

  'Fn::If': (argument, scope, path) => {
    const [name, then, otherwise] = Array.isArray(argument) ? (argument as unknown[]) : [];
    const holds = namedCondition(name, scope, path);
    return resolve(holds ? then : otherwise, scope, `${path}[${holds ? 1 : 2}]`);
  },

  'Fn::Equals': (argument, scope, path) => {
    const [left, right] = pair(argument, path);
    return isDeepStrictEqual(resolve(left, scope, `${path}[0]`), resolve(right, scope, `${path}[1]`));
  },

  'Fn::Not': (argument, scope, path) => !operands(argument, scope, path)[0],
  'Fn::And': (argument, scope, path) => operands(argument, scope, path).every(Boolean),
  'Fn::Or': (argument, scope, path) => operands(argument, scope, path).some(Boolean),

  'Fn::ImportValue': (argument, scope, path) => {
    const name = text(resolve(argument, scope, path), path);
    return known(scope.importValue(name), path, `no stack before this one that exports ${name}`);
  },

  'Fn::FindInMap': (argument, scope, path) => {
    const [map, topKey, secondKey] = list(argument, scope, path).map((key) => text(key, path));
    const found = map && topKey && secondKey ? scope.mapping(map, topKey, secondKey) : undefined;
    return known(found, path, `no entry ${[map, topKey, secondKey].join('.')} in Mappings`);
  },

  'Fn::Base64': (argument, scope, path) => Buffer.from(text(resolve(argument, scope, path), path)).toString('base64'),
};

/** `Fn::GetAtt` in its two forms: `["Id", "Name"]` and `"Id.Name"`; the name may itself hold dots and be a `Ref`. */
function attributePath(argument: unknown, scope: Scope, path: string): [logicalId: string, attribute: string] {
  if (typeof argument === 'string') {
    const dot = argument.indexOf('.');
    return [argument.slice(0, dot), argument.slice(dot + 1)];
  }
  const [logicalId, attribute] = pair(argument, path);
  return [text(logicalId, path), text(resolve(attribute, scope, path), path)];
}

/** Operands of a condition function: nested functions, or `{"Condition": "Name"}`. */
function operands(argument: unknown, scope: Scope, path: string): readonly unknown[] {
  if (!Array.isArray(argument)) {
    throw new TemplateError(`${path}: expected a list of conditions, got ${JSON.stringify(argument)}`);
  }
  return argument.map((operand: unknown, index) =>
    isRecord(operand) && typeof operand.Condition === 'string'
      ? namedCondition(operand.Condition, scope, path)
      : resolve(operand, scope, `${path}[${index}]`),
  );
}

function namedCondition(name: unknown, scope: Scope, path: string): boolean {
  const condition = text(name, path);
  const holds = scope.condition(condition);
  if (holds === undefined) {
    throw new TemplateError(`${path}: there is no condition named ${condition}`);
  }
  return holds;
}

function known<Value>(value: Value | undefined, path: string, what: string): Value {
  if (value === undefined) {
    throw new TemplateError(`${path}: there is ${what}`);
  }
  return value;
}

function list(value: unknown, scope: Scope, path: string): readonly unknown[] {
  const resolved = resolve(value, scope, path);
  if (!Array.isArray(resolved)) {
    throw new TemplateError(`${path}: expected a list, got ${JSON.stringify(resolved)}`);
  }
  return resolved;
}

function pair(value: unknown, path: string): readonly [unknown, unknown] {
  if (!Array.isArray(value) || value.length !== 2) {
    throw new TemplateError(`${path}: expected a list of two, got ${JSON.stringify(value)}`);
  }
  return [value[0], value[1]];
}

function text(value: unknown, path: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  throw new TemplateError(`${path}: expected text, got ${JSON.stringify(value)}`);
}
