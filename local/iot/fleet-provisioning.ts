import { randomBytes } from 'node:crypto';
import { isRecord } from '../is-record.ts';
import type { Invoke } from './authorizers.ts';
import type { DevelopmentCa } from './development-ca.ts';
import { templateNameIn } from './provisioning-topics.ts';
import { type ProvisioningTemplate, resolveText } from './provisioning-template.ts';
import { certificateIdOf, type Registry } from './registry.ts';

/** A certificate that is not registered within this time cannot be registered any more. */
const OWNERSHIP_MS = 60 * 60 * 1000;

export interface ReservedRequest {
  readonly topic: string;
  readonly payload: Buffer;
  readonly clientId: string;
  readonly principal: string;
}

/** What goes to the client that asked, and to no other. */
export interface ReservedAnswer {
  readonly topic: string;
  readonly payload: Buffer;
}

export interface FleetProvisioningOptions {
  readonly ca: DevelopmentCa;
  readonly registry: Registry;
  readonly templates: ReadonlyMap<string, ProvisioningTemplate>;
  readonly invoke: Invoke;
  readonly nowMs: () => number;
}

type Outcome =
  | { readonly accepted: object }
  | { readonly rejected: { readonly statusCode: number; readonly errorCode: string; readonly errorMessage: string } };

/** Answers those who come with a claim: a certificate of their own, then the thing that the template makes of them. */
export function createFleetProvisioning(
  options: FleetProvisioningOptions,
): (request: ReservedRequest) => Promise<ReservedAnswer> {
  const { ca, registry, nowMs } = options;
  /** Ownership token → the certificate that it proves to own. */
  const owned = new Map<string, { readonly certificateId: string; readonly createdAtMs: number }>();

  async function createCertificate(): Promise<Outcome> {
    const { certificatePem, privateKeyPem } = await ca.issueClientCertificate();
    const certificateId = certificateIdOf(certificatePem);
    registry.putCertificate({ id: certificateId, pem: certificatePem, status: 'INACTIVE', policies: [], things: [] });
    const certificateOwnershipToken = randomBytes(32).toString('base64url');
    owned.set(certificateOwnershipToken, { certificateId, createdAtMs: nowMs() });
    return { accepted: { certificateId, certificatePem, privateKey: privateKeyPem, certificateOwnershipToken } };
  }

  async function registerThing(
    templateName: string,
    { payload, clientId, principal }: ReservedRequest,
  ): Promise<Outcome> {
    const { certificateOwnershipToken: token, parameters } = readRequest(payload);
    const ownership = owned.get(token);
    if (ownership === undefined || nowMs() - ownership.createdAtMs > OWNERSHIP_MS) {
      return reject(400, 'InvalidCertificateOwnershipToken', 'the token is unknown or older than an hour');
    }
    const template = options.templates.get(templateName);
    if (template === undefined) {
      return reject(404, 'ResourceNotFound', `there is no enabled provisioning template ${templateName}`);
    }
    const undeclared = Object.keys(parameters).find((name) => !template.parameters.includes(name));
    if (undeclared !== undefined) {
      return reject(400, 'InvalidParameters', `the template declares no parameter ${undeclared}`);
    }
    const { certificateId } = ownership;
    const certificate = registry.findCertificate(certificateId);
    const answer = await options.invoke(template.hookArn, {
      claimCertificateId: principal,
      certificateId,
      certificatePem: certificate?.pem,
      templateArn: template.arn,
      clientId,
      parameters,
    });
    const decision = answer.kind === 'returned' && isRecord(answer.payload) ? answer.payload : {};
    if (decision.allowProvisioning !== true || certificate === undefined) {
      return reject(403, 'AccessDenied', 'the pre-provisioning hook does not allow it');
    }
    const outcome = makeThing(registry, template, { ...parameters, ...readTexts(decision.parameterOverrides) });
    if (typeof outcome !== 'string') {
      return outcome;
    }
    owned.delete(token);
    registry.putCertificate({ ...certificate, status: 'ACTIVE', policies: [template.policyName], things: [outcome] });
    return { accepted: { thingName: outcome, deviceConfiguration: {} } };
  }

  return async (request) => {
    const templateName = templateNameIn(request.topic);
    const outcome = await (templateName === undefined ? createCertificate() : registerThing(templateName, request));
    return 'accepted' in outcome
      ? { topic: `${request.topic}/accepted`, payload: Buffer.from(JSON.stringify(outcome.accepted)) }
      : { topic: `${request.topic}/rejected`, payload: Buffer.from(JSON.stringify(outcome.rejected)) };
  };
}

/** Gives the thing's name. */
function makeThing(
  registry: Registry,
  { thing }: ProvisioningTemplate,
  parameters: Readonly<Record<string, string>>,
): string | Outcome {
  const name = resolveText(thing.name, parameters);
  const typeName = resolveText(thing.typeName, parameters);
  const attributes = Object.entries(thing.attributes).map(
    ([key, value]) => [key, resolveText(value, parameters)] as const,
  );
  const missing = [['ThingName', name] as const, ...attributes].find(([, value]) => value === undefined);
  if (name === undefined || missing !== undefined) {
    return reject(400, 'InvalidParameters', `${missing?.[0]} has no value`);
  }
  if (registry.findThing(name) !== undefined) {
    return reject(409, 'ResourceConflict', `thing ${name} exists`);
  }
  registry.putThing({
    name,
    typeName,
    attributes: Object.fromEntries(attributes.map(([key, value]) => [key, value ?? ''])),
  });
  return name;
}

function readRequest(payload: Buffer): { certificateOwnershipToken: string; parameters: Record<string, string> } {
  try {
    const request: unknown = JSON.parse(payload.toString());
    if (isRecord(request)) {
      return {
        certificateOwnershipToken: String(request.certificateOwnershipToken),
        parameters: readTexts(request.parameters),
      };
    }
  } catch {
    // No JSON holds no token, which is what the device is told.
  }
  return { certificateOwnershipToken: '', parameters: {} };
}

function readTexts(source: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(isRecord(source) ? source : {}).map(([key, value]) => [key, String(value)]));
}

function reject(statusCode: number, errorCode: string, errorMessage: string): Outcome {
  return { rejected: { statusCode, errorCode, errorMessage } };
}
