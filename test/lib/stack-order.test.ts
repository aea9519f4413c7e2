import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { type CityApp, cityApp, STAGE_NAMES } from './city-app.ts';

interface TemplateOutput {
  readonly Export?: { readonly Name: string };
}

/** The stacks in the order in which bin/app.ts makes them. */
function stacksOf({
  app,
}: CityApp): readonly { readonly name: string; readonly stack: Stack; readonly template: Template }[] {
  return app.node.children
    .filter((each) => Stack.isStack(each))
    .map((stack) => ({ name: stack.stackName, stack, template: Template.fromStack(stack) }));
}

/** All that a template takes out of others by `Fn::ImportValue`. */
function importsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => (key === 'Fn::ImportValue' ? [String(each)] : importsIn(each)));
}

describe.each(STAGE_NAMES)('the stacks in %s', (stage) => {
  const stacks = stacksOf(cityApp(stage));

  it('are deployed in this order', () => {
    expect(stacks.map(({ name }) => name)).toEqual(
      ['Twin', 'Ingest', 'History', 'Api', 'Operations'].map((name) => `Cityweave-${name}`),
    );
  });

  it('import only what an earlier one exports, so that they go in order and come down in reverse', () => {
    const exported = new Set<string>();
    let imports = 0;
    for (const { name, template } of stacks) {
      const wanted = importsIn(template.toJSON());
      imports += wanted.length;
      for (const each of wanted) expect(exported, `${name} imports ${each}`).toContain(each);
      const outputs: Record<string, TemplateOutput> = template.toJSON()['Outputs'] ?? {};
      for (const { Export } of Object.values(outputs)) if (Export) exported.add(Export.Name);
    }
    expect(imports).toBeGreaterThan(0);
  });

  it('depend on earlier ones only, and the last on every other', () => {
    for (const [index, { stack }] of stacks.entries()) {
      const earlier = stacks.slice(0, index).map(({ name }) => name);
      expect(earlier).toEqual(expect.arrayContaining(stack.dependencies.map(({ stackName }) => stackName)));
    }
    const last = stacks.at(-1);
    expect(last?.stack.dependencies.map(({ stackName }) => stackName).toSorted()).toEqual(
      stacks
        .slice(0, -1)
        .map(({ name }) => name)
        .toSorted(),
    );
  });

  it('hold their data through a change that would replace it, where the stage retains them', () => {
    for (const { template } of stacks) {
      const resources: Record<string, { DeletionPolicy?: string; UpdateReplacePolicy?: string }> =
        template.toJSON()['Resources'];
      for (const { DeletionPolicy, UpdateReplacePolicy } of Object.values(resources)) {
        expect(UpdateReplacePolicy).toBe(DeletionPolicy);
      }
    }
  });
});
