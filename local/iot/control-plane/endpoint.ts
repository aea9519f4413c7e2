import { errorResponse } from '../../gateway/error-response.ts';
import { type Operation, jsonResponse } from './operation.ts';

/** Host names of AWS are without a port, and so is this one; the local cloud's ports differ by protocol. */
const ENDPOINT_ADDRESS = '127.0.0.1';

const ENDPOINT_TYPES = ['iot:Data', 'iot:Data-ATS'];

export const describeEndpoint: Operation = {
  method: 'GET',
  path: /^\/endpoint$/,
  handle({ query }) {
    const endpointType = query.get('endpointType') ?? 'iot:Data';
    return ENDPOINT_TYPES.includes(endpointType)
      ? jsonResponse({ endpointAddress: ENDPOINT_ADDRESS })
      : errorResponse(
          400,
          'InvalidRequestException',
          `endpointType is ${endpointType}; the local cloud knows ${ENDPOINT_TYPES.join(', ')}`,
        );
  },
};
