import { isRecord } from '../is-record.ts';
import type { ResourceDeclaration, Stack } from './assembly.ts';
import { intrinsicName } from './intrinsics.ts';
import { TemplateError } from './template-error.ts';

/**
 * The logical ids of a stack's resources, each after all that it names by Ref, Fn::GetAtt, Fn::Sub or DependsOn; else
 * in the template's order. Throws {@link TemplateError} naming the circle if there is one.
 */
export function orderResources({ name, template }: Stack): readonly string[] {
  const resources = template.Resources;
  const ordered = new Set<string>();
  const way: string[] = [];

  const visit = (logicalId: string): void => {
    const declaration = resources[logicalId];
    if (declaration === undefined || ordered.has(logicalId)) {
      return;
    }
    if (way.includes(logicalId)) {
      const circle = [...way.slice(way.indexOf(logicalId)), logicalId].join(' → ');
      throw new TemplateError(`${name}/${logicalId}: circular dependency ${circle}`);
    }
    way.push(logicalId);
    dependenciesOf(declaration).forEach(visit);
    way.pop();
    ordered.add(logicalId);
  };
  Object.keys(resources).forEach(visit);
  return [...ordered];
}

/** Every name that a resource mentions, of resources, parameters and pseudo parameters alike, in any branch. */
export function dependenciesOf(declaration: ResourceDeclaration): ReadonlySet<string> {
  const names = new Set<string>([declaration.DependsOn ?? []].flat());
  collectNames(declaration.Properties, names);
  return names;
}

function collectNames(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) {
    value.forEach((element) => collectNames(element, names));
    return;
  }
  if (!isRecord(value)) {
    return;
  }
  const name = intrinsicName(value);
  const argument = value[name ?? ''];
  switch (name) {
    case 'Ref':
      names.add(String(argument));
      return;
    case 'Fn::GetAtt':
      names.add(String(Array.isArray(argument) ? argument[0] : String(argument).split('.')[0]));
      return;
    case 'Fn::Sub': {
      const template = String(Array.isArray(argument) ? argument[0] : argument);
      for (const [, mentioned] of template.matchAll(/\$\{([^!}.][^}.]*)/g)) {
        names.add(String(mentioned).trim());
      }
      collectNames(Array.isArray(argument) ? argument[1] : undefined, names);
      return;
    }
    default:
      Object.values(value).forEach((member) => collectNames(member, names));
  }
}
