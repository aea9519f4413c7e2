import { RemovalPolicy } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { CityConfig, Stage, StageName } from '../core/schema/city-config.ts';
import { validateCityConfig } from '../core/schema/validate-config.ts';

const DEFAULT_STAGE = 'dev';

/** A city's configuration as one of its stages is deployed. */
export interface Deployment {
  readonly config: CityConfig;
  readonly stageName: StageName;
  readonly stage: Stage;
  /** What becomes of a store and its data when its stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
  /** Data that are to outlive their stack are also protected from deletion and can be restored to any second. */
  readonly protectsData: boolean;
}

/**
 * The stage is the context value `stage` (`cdk deploy -c stage=prod`), `dev` without one. Throws one line that names
 * the wrong key, its value and what was expected.
 */
export function readDeployment(scope: IConstruct, unchecked: unknown): Deployment {
  const config = validateCityConfig(unchecked);
  const stageName: unknown = scope.node.tryGetContext('stage') ?? DEFAULT_STAGE;
  if (!isStageName(config, stageName)) {
    const expected = Object.keys(config.stages).join(', ');
    throw new Error(`context "stage": got ${JSON.stringify(stageName)}, expected one of ${expected} (-c stage=dev)`);
  }
  const stage = config.stages[stageName];
  const protectsData = stage.removalPolicy === 'retain';
  const removalPolicy = protectsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
  return { config, stageName, stage, removalPolicy, protectsData };
}

function isStageName(config: CityConfig, name: unknown): name is StageName {
  return typeof name === 'string' && Object.hasOwn(config.stages, name);
}
