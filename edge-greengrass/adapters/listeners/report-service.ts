import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { handleBidiStreamingCall, ServiceDefinition } from '@grpc/grpc-js';
import { EdgeGateway, type ReportReply, ReportReplySchema } from '../../../core/codec/generated/edge_pb.ts';

/** What a gateway takes at once, and a sensor node may send: a batch that waited through an outage. */
export const MESSAGE_BYTES_MAX = 32 * 1024 * 1024;

interface ReportHandlers extends Record<string, handleBidiStreamingCall<Uint8Array, ReportReply>> {
  readonly report: handleBidiStreamingCall<Uint8Array, ReportReply>;
}

/** `EdgeGateway` of `schemas/edge.proto`, in the words of grpc-js. Requests stay bytes, to be decoded part by part. */
export const reportService: ServiceDefinition<ReportHandlers> = {
  report: {
    path: `/${EdgeGateway.typeName}/${EdgeGateway.method.report.name}`,
    requestStream: true,
    responseStream: true,
    requestSerialize: (bytes) => Buffer.from(bytes),
    requestDeserialize: (bytes) => bytes,
    responseSerialize: (reply) => Buffer.from(toBinary(ReportReplySchema, reply)),
    responseDeserialize: (bytes) => fromBinary(ReportReplySchema, bytes),
  },
};
