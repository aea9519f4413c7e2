import config from '../../cityweave.config.ts';
import type { CityConfig, Stage, StageName } from '../../core/schema/city-config.ts';
import { validateCityConfig } from '../../core/schema/validate-config.ts';

/** The configuration that this bundle was built with. */
export const city: CityConfig = validateCityConfig(config);

export function stageOf(name: string): Stage {
  const stage = city.stages[name as StageName];
  if (!stage) throw new Error(`STAGE is "${name}", expected one of ${Object.keys(city.stages).join(', ')}`);
  return stage;
}
