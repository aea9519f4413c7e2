import type { AwsResponse } from '../../gateway/aws-service.ts';
import { errorResponse } from '../../gateway/error-response.ts';
import { type Certificate, CERTIFICATE_STATUSES, certificateArn, certificateIdOf, type Registry } from '../registry.ts';
import { type Operation, jsonResponse } from './operation.ts';

/** The private key is given once and kept by nobody else. */
const createKeysAndCertificate: Operation = {
  method: 'POST',
  path: /^\/keys-and-certificate$/,
  async handle({ query }, { registry, ca }) {
    const { certificatePem, publicKeyPem, privateKeyPem } = await ca.issueClientCertificate();
    const id = certificateIdOf(certificatePem);
    const status = query.get('setAsActive') === 'true' ? 'ACTIVE' : 'INACTIVE';
    registry.putCertificate({ id, pem: certificatePem, status, policies: [], things: [] });
    return jsonResponse({
      certificateArn: certificateArn(id),
      certificateId: id,
      certificatePem,
      keyPair: { PublicKey: publicKeyPem, PrivateKey: privateKeyPem },
    });
  },
};

const updateCertificate: Operation = {
  method: 'PUT',
  path: /^\/certificates\/([0-9a-f]{64})$/,
  handle({ path: [id = ''], query }, { registry }) {
    const asked = query.get('newStatus');
    const status = CERTIFICATE_STATUSES.find((known) => known === asked);
    if (status === undefined) {
      return errorResponse(
        400,
        'InvalidRequestException',
        `newStatus is ${String(asked)}; the local cloud knows ${CERTIFICATE_STATUSES.join(', ')}`,
      );
    }
    return change(registry, certificateArn(id), (certificate) => ({ ...certificate, status }));
  },
};

const attachPolicy: Operation = {
  method: 'PUT',
  path: /^\/target-policies\/([^/]+)$/,
  handle({ path: [policyName = ''], body }, { registry }) {
    if (!registry.policies.has(policyName)) {
      return errorResponse(404, 'ResourceNotFoundException', `Policy ${policyName} does not exist`);
    }
    return change(registry, String(body.target), (certificate) => ({
      ...certificate,
      policies: withName(certificate.policies, policyName),
    }));
  },
};

const attachThingPrincipal: Operation = {
  method: 'PUT',
  path: /^\/things\/([^/]+)\/principals$/,
  handle({ path: [thingName = ''], headers }, { registry }) {
    if (registry.findThing(thingName) === undefined) {
      return errorResponse(404, 'ResourceNotFoundException', `Thing ${thingName} does not exist`);
    }
    return change(registry, headers['x-amzn-principal'] ?? '', (certificate) => ({
      ...certificate,
      things: withName(certificate.things, thingName),
    }));
  },
};

/** What is changed is looked up by its ARN; a revoked certificate stays so. */
function change(registry: Registry, arn: string, update: (certificate: Certificate) => Certificate): AwsResponse {
  const certificate = registry.findCertificate(arn.slice(arn.lastIndexOf('/') + 1));
  if (certificate === undefined || certificateArn(certificate.id) !== arn) {
    return errorResponse(404, 'ResourceNotFoundException', `Certificate ${arn} does not exist`);
  }
  registry.putCertificate(update(certificate));
  return jsonResponse({});
}

function withName(names: readonly string[], name: string): readonly string[] {
  return names.includes(name) ? names : [...names, name];
}

export const certificateOperations: readonly Operation[] = [
  createKeysAndCertificate,
  updateCertificate,
  attachPolicy,
  attachThingPrincipal,
];
