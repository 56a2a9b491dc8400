/** Where an S3 store is, and the settings that say so. */
import * as v from 'valibot'

export interface S3Config {
  /** `https://host` or `http://host:port`. */
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export const s3Settings = {
  S3_ENDPOINT: v.optional(
    v.pipe(
      v.string(),
      v.check((s) => endpointOf(s) !== undefined, 'must be an address like https://s3.example.org, without a path'),
    ),
  ),
  S3_BUCKET: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be 3 to 63 small letters, digits, dots and hyphens'),
    ),
  ),
  S3_REGION: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/, 'must be a word like eu-central-1')), 'us-east-1'),
  S3_ACCESS_KEY_ID: v.optional(v.pipe(v.string(), v.regex(/^[^\s/,=]+$/, 'must be one word'))),
  S3_SECRET_ACCESS_KEY: v.optional(v.pipe(v.string(), v.regex(/^\S+$/, 'must be one word'))),
}

type Settings = v.InferOutput<v.ObjectSchema<typeof s3Settings, undefined>>

const needed = ['S3_ENDPOINT', 'S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const

/** Undefined when the bytes of files are in a folder. */
export function s3ConfigOf(set: Settings): S3Config | undefined {
  const { S3_ENDPOINT, S3_BUCKET, S3_REGION, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = set
  const endpoint = S3_ENDPOINT && endpointOf(S3_ENDPOINT)
  if (!endpoint || !S3_BUCKET || !S3_ACCESS_KEY_ID || !S3_SECRET_ACCESS_KEY) return undefined
  return Object.freeze({
    endpoint,
    bucket: S3_BUCKET,
    region: S3_REGION,
    accessKeyId: S3_ACCESS_KEY_ID,
    secretAccessKey: S3_SECRET_ACCESS_KEY,
  })
}

/** @param given the settings that are set @returns what does not fit together, each in a sentence */
export function s3FaultsIn(given: Record<string, unknown>): string[] {
  const isSet = (name: string) => given[name] !== undefined
  const set = ['S3_REGION', ...needed].find(isSet)
  if (set === undefined) return []
  const missing = needed.filter((name) => !isSet(name))
  return [
    ...(missing.length ? [`${set} is set without ${missing.join(', ')}`] : []),
    ...(isSet('FILES_DIR') ? [`${set} and FILES_DIR are set: files are in one place`] : []),
    ...(isSet('X_ACCEL_REDIRECT') ? [`X_ACCEL_REDIRECT is set with ${set}: nginx finds only files in a folder`] : []),
  ]
}

function endpointOf(text: string): string | undefined {
  const url = URL.parse(text)
  return url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/` ? url.origin : undefined
}
