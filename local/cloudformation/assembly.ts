import { readFileSync } from 'node:fs';
import path from 'node:path';
import { TemplateError } from './template-error.ts';

/** The parts of a CloudFormation template that the local cloud reads. */
interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default?: unknown }>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, ResourceDeclaration>>;
  readonly Outputs?: Readonly<Record<string, OutputDeclaration>>;
}

export interface ResourceDeclaration {
  readonly Type: string;
  readonly Condition?: string;
  readonly DependsOn?: string | readonly string[];
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

interface OutputDeclaration {
  readonly Value: unknown;
  readonly Condition?: string;
  readonly Export?: { readonly Name: unknown };
}

export interface Stack {
  readonly name: string;
  readonly template: Template;
}

/** A cloud assembly, as `cdk synth` writes it. */
export interface Assembly {
  readonly directory: string;
  /** Each after those that it depends on. */
  readonly stacks: readonly Stack[];
}

interface Manifest {
  readonly artifacts?: Readonly<Record<string, Artifact>>;
}

interface Artifact {
  readonly type: string;
  readonly dependencies?: readonly string[];
  readonly properties?: { readonly templateFile?: string; readonly stackName?: string };
}

/** Reads the stacks of `manifest.json` in `directory`. Throws {@link TemplateError} naming the file that does not fit. */
export function readAssembly(directory: string): Assembly {
  const manifestFile = path.join(directory, 'manifest.json');
  const { artifacts = {} }: Manifest = readJson(manifestFile);
  const stacks: Stack[] = [];
  const visited = new Map<string, 'entered' | 'left'>();

  const visit = (id: string): void => {
    const artifact = artifacts[id];
    if (artifact === undefined || visited.get(id) === 'left') {
      return;
    }
    if (visited.get(id) === 'entered') {
      throw new TemplateError(`${manifestFile}: artifact ${id} depends on itself`);
    }
    visited.set(id, 'entered');
    artifact.dependencies?.forEach(visit);
    visited.set(id, 'left');
    if (artifact.type === 'aws:cloudformation:stack') {
      const templateFile = artifact.properties?.templateFile ?? `${id}.template.json`;
      stacks.push({
        name: artifact.properties?.stackName ?? id,
        template: readTemplate(path.join(directory, templateFile)),
      });
    }
  };
  Object.keys(artifacts).forEach(visit);
  if (stacks.length === 0) {
    throw new TemplateError(`${manifestFile}: holds no stack; expected at least one aws:cloudformation:stack artifact`);
  }
  return { directory, stacks };
}

function readTemplate(file: string): Template {
  const template: Template | null = readJson(file);
  if (typeof template?.Resources !== 'object') {
    throw new TemplateError(`${file}: has no Resources`);
  }
  for (const [logicalId, declaration] of Object.entries(template.Resources)) {
    if (typeof declaration?.Type !== 'string') {
      throw new TemplateError(`${file}: resource ${logicalId} has no Type`);
    }
  }
  return template;
}

function readJson(file: string) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TemplateError(`${file}: cannot be read as JSON: ${why}`, { cause });
  }
}
