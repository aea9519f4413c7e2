export const ASSET_REGISTRY_VARIABLES = ['ASSETS_TABLE'] as const;
