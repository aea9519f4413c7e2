export const PROVISIONING_HOOK_VARIABLES = ['STAGE', 'ASSETS_TABLE', 'PROVISIONING_TABLE'] as const;

/** What the provisioning template asks for: the device gives its serial number, the hook gives the rest. */
export const PROVISIONING_PARAMETERS = {
  serialNumber: 'SerialNumber',
  thingName: 'ThingName',
  zone: 'Zone',
  assetType: 'AssetType',
  asset: 'Asset',
} as const;
