/** docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html: of the key in UTF-8. */
export const KEY_BYTES_MAX = 1024;

/** UsingMetadata.html, "User-defined object metadata": names and values together. */
export const METADATA_BYTES_MAX = 2048;

/** qfacts.html, "Amazon S3 multipart upload limits". */
export const PART_NUMBER_MAX = 10_000;
export const PART_BYTES_MIN = 5 * 1024 * 1024;

/** S3 holds objects of terabytes; one that is read here is held in memory as a whole. */
export const OBJECT_BYTES_MAX = 1024 * 1024 * 1024;

/** API_ListObjectsV2.html and API_DeleteObjects.html. */
export const LISTED_KEYS_MAX = 1000;
export const DELETED_KEYS_MAX = 1000;

/** S3 takes 5 GiB in one PUT. Here a body is held in memory; with room for the frames of `aws-chunked` around 64 MiB. */
export const BODY_BYTES_MAX = 65 * 1024 * 1024;
