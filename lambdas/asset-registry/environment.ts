export const ASSET_REGISTRY_VARIABLES = ['STAGE', 'ASSETS_TABLE'] as const;
