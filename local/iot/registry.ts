import { X509Certificate } from 'node:crypto';
import { localArn } from '../aws.ts';
import { readKept, writeKept } from '../startup/kept-json.ts';
import { type Identity, policiesPermit } from './identity.ts';
import type { PolicyDocument } from './policy/document.ts';
import type { PolicyVariables } from './policy/evaluate.ts';

export interface Thing {
  readonly name: string;
  readonly typeName: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
}

export const CERTIFICATE_STATUSES = ['ACTIVE', 'INACTIVE', 'REVOKED'] as const;
type CertificateStatus = (typeof CERTIFICATE_STATUSES)[number];

export interface Certificate {
  /** SHA-256 of the certificate's DER, in hexadecimal, as AWS IoT Core makes it. */
  readonly id: string;
  readonly pem: string;
  readonly status: CertificateStatus;
  /** Names of the policies and things that are attached. */
  readonly policies: readonly string[];
  readonly things: readonly string[];
}

/** Things, certificates and what is attached to what, kept in a file; policies and thing types are the template's. */
export interface Registry {
  readonly policies: Map<string, PolicyDocument>;
  readonly thingTypes: Set<string>;
  findThing(name: string): Thing | undefined;
  putThing(thing: Thing): void;
  findCertificate(id: string): Certificate | undefined;
  putCertificate(certificate: Certificate): void;
  /** Ids of the certificates that are attached to a thing, whatever their status. */
  certificatesOf(thingName: string): readonly string[];
  /** Of whom a certificate is; undefined for one that is unknown or not active. */
  identify(certificateId: string): Identity | undefined;
  /** Called with the id of a certificate that is no longer active. */
  onDeactivated(listener: (certificateId: string) => void): void;
}

interface Kept {
  readonly things: Record<string, Thing>;
  readonly certificates: Record<string, Certificate>;
}

export function openRegistry(file: string): Registry {
  const kept: Kept = readKept(file) ?? { things: {}, certificates: {} };
  const things = new Map(Object.entries(kept.things));
  const certificates = new Map(Object.entries(kept.certificates));
  const policies = new Map<string, PolicyDocument>();
  const listeners: ((certificateId: string) => void)[] = [];

  const save = (): void =>
    writeKept(file, { things: Object.fromEntries(things), certificates: Object.fromEntries(certificates) });

  /** Thing policy variables: the client id must be the name of a thing that the certificate is attached to. */
  const variablesOf = ({ id, things: attached }: Certificate, clientId: string): PolicyVariables => {
    const thing = attached.includes(clientId) ? things.get(clientId) : undefined;
    const variables = new Map([
      ['iot:ClientId', clientId],
      ['iot:CertificateId', id],
      ['iot:Connection.Thing.IsAttached', String(thing !== undefined)],
    ]);
    if (thing !== undefined) {
      variables.set('iot:Connection.Thing.ThingName', thing.name);
      if (thing.typeName !== undefined) {
        variables.set('iot:Connection.Thing.ThingTypeName', thing.typeName);
      }
      for (const [name, value] of Object.entries(thing.attributes)) {
        variables.set(`iot:Connection.Thing.Attributes[${name}]`, value);
      }
    }
    return variables;
  };

  return {
    policies,
    thingTypes: new Set(),
    findThing: (name) => things.get(name),
    putThing(thing) {
      things.set(thing.name, thing);
      save();
    },
    findCertificate: (id) => certificates.get(id),
    putCertificate(certificate) {
      certificates.set(certificate.id, certificate);
      save();
      if (certificate.status !== 'ACTIVE') {
        listeners.forEach((listener) => listener(certificate.id));
      }
    },
    certificatesOf: (thingName) =>
      [...certificates.values()].filter(({ things: attached }) => attached.includes(thingName)).map(({ id }) => id),
    identify(certificateId) {
      const isActive = (): boolean => certificates.get(certificateId)?.status === 'ACTIVE';
      const permits: Identity['permits'] = (action, name, clientId) => {
        const certificate = certificates.get(certificateId);
        if (certificate?.status !== 'ACTIVE') {
          return false;
        }
        const attached = certificate.policies.flatMap((policy) => [policies.get(policy) ?? []]);
        return policiesPermit(attached, variablesOf(certificate, clientId), action, name);
      };
      return isActive() ? { principal: certificateId, permits } : undefined;
    },
    onDeactivated(listener) {
      listeners.push(listener);
    },
  };
}

export function certificateIdOf(certificate: Buffer | string): string {
  return new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase();
}

export function certificateArn(id: string): string {
  return localArn('iot', `cert/${id}`);
}
