import type { AssetRegistry } from '../../core/ports.ts';
import type { CityConfig, Stage } from '../../core/schema/city-config.ts';
import { isName, isThingName, NAME_RULE, THING_NAME_RULE } from '../../core/schema/names.ts';
import { PROVISIONING_PARAMETERS } from './environment.ts';

/** "Pre-provisioning hooks" in the AWS IoT Core developer guide. */
export interface HookEvent {
  readonly certificateId: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface HookAnswer {
  readonly allowProvisioning: boolean;
  readonly parameterOverrides?: Readonly<Record<string, string>>;
}

/** What the city expects a serial number to become. */
interface ExpectedDevice {
  readonly thingName: string;
  readonly zone: string;
  readonly assetType: string;
  readonly assetId: string;
}

/** The devices that may come, by serial number; each becomes one thing, once. */
export interface ProvisioningList {
  find(serialNumber: string): Promise<ExpectedDevice | undefined>;
  /** Whether the serial number is this certificate's now: false where another one has it. */
  claim(serialNumber: string, certificateId: string): Promise<boolean>;
}

export interface HookContext {
  readonly city: Pick<CityConfig, 'zones' | 'assetTypes'>;
  readonly stage: Pick<Stage, 'unregisteredAssets'>;
  readonly registry: AssetRegistry;
  readonly expected: ProvisioningList;
}

export type Decision =
  | { readonly allowed: true; readonly device: ExpectedDevice }
  | { readonly allowed: false; readonly reason: string };

/**
 * Every device of a batch holds the same claim, so a claim proves no more than where a device was made. What it may
 * become is therefore the city's list's to say, not the device's: the serial number is looked up, and everything else
 * that the device sent is overridden.
 */
export async function decideProvisioning(
  { certificateId, parameters }: HookEvent,
  context: HookContext,
): Promise<Decision> {
  const serialNumber = parameters[PROVISIONING_PARAMETERS.serialNumber] ?? '';
  if (!isName(serialNumber)) {
    return refuse(`${PROVISIONING_PARAMETERS.serialNumber} is ${JSON.stringify(serialNumber)}, expected ${NAME_RULE}`);
  }
  const device = await context.expected.find(serialNumber);
  if (!device) {
    return refuse(`serial number ${serialNumber} is not expected`);
  }
  const fault = findFault(device, context.city) ?? (await findRegistryFault(device, context));
  if (fault !== undefined) {
    return refuse(`serial number ${serialNumber} is expected as ${JSON.stringify(device)}: ${fault}`);
  }
  // Last, so that a list that is mended afterwards still has the entry.
  return (await context.expected.claim(serialNumber, certificateId))
    ? { allowed: true, device }
    : refuse(`serial number ${serialNumber} has been claimed by another certificate`);
}

export function answerOf(decision: Decision): HookAnswer {
  if (!decision.allowed) return { allowProvisioning: false };
  const { thingName, zone, assetType, assetId } = decision.device;
  const names = PROVISIONING_PARAMETERS;
  const parameterOverrides = {
    [names.thingName]: thingName,
    [names.zone]: zone,
    [names.assetType]: assetType,
    [names.asset]: assetId,
  };
  return { allowProvisioning: true, parameterOverrides };
}

function findFault(
  { thingName, zone, assetType, assetId }: ExpectedDevice,
  { zones, assetTypes }: HookContext['city'],
) {
  if (!isThingName(thingName)) return `the thing's name is not ${THING_NAME_RULE}`;
  if (!isName(assetId)) return `the asset is not ${NAME_RULE}`;
  if (!Object.hasOwn(zones, zone)) return 'the configuration has no such zone';
  if (!Object.hasOwn(assetTypes, assetType)) return 'the configuration has no such asset type';
  return undefined;
}

/** The same rule by which readings are judged later: who may not speak for an asset need not be let in. */
async function findRegistryFault(
  device: ExpectedDevice,
  { registry, stage }: HookContext,
): Promise<string | undefined> {
  const asset = (await registry.find([device.assetId])).get(device.assetId);
  if (!asset) {
    return stage.unregisteredAssets === 'accept' ? undefined : 'the asset is not registered';
  }
  if (asset.zone !== device.zone || asset.assetType !== device.assetType) {
    return `the asset is registered as ${asset.assetType} in ${asset.zone}`;
  }
  return !asset.sources || asset.sources.includes(device.thingName)
    ? undefined
    : "the thing is none of the asset's registered sources";
}

function refuse(reason: string): Decision {
  return { allowed: false, reason };
}
