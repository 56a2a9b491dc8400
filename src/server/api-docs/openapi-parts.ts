/** Parts of the OpenAPI document that many operations have. */
import { frameName, type JsonSchema, refTo } from './component-schemas.ts'

export const refusals: Readonly<Record<string, string>> = {
  400: 'The request is malformed, or a field is missing or wrong.',
  401: 'There is no session, or the token of a bot is wrong or was revoked.',
  403: 'You may not do that.',
  404: 'It does not exist, or you cannot view it.',
  409: 'The name is taken, the key was used for another command, or the upload is at another offset.',
  412: 'The version of tus is not 1.0.0.',
  413: 'The text, the body or the file is too long, or a quota is used up.',
  415: 'The body is not of a type that is read here.',
  421: 'The host is not one of this server.',
  460: 'The checksum of the body is another one.',
  429: 'You or your network exceed a limit.',
  500: 'A fault of the server.',
  503: 'The server is too busy, cannot store anything, or stops.',
}
const retryAfter = {
  'Retry-After': { description: 'Seconds until it can be tried again.', schema: { type: 'integer', minimum: 0 } },
}

/** The refusals of the API, `error` frames, and those of pages. */
export function refusalResponses() {
  const all = (prefix: string, content: object) =>
    Object.entries(refusals).map(([status, description]) => [
      `${prefix}-${status}`,
      { description, ...headersOf(status), content },
    ])
  return Object.fromEntries([
    ...all('refused', json(refTo(frameName('error')))),
    ...all('page', { ...html(), ...json(refTo('PageError')) }),
  ])
}

export function json(schema: JsonSchema) {
  return { 'application/json': { schema } }
}

export function html() {
  return { 'text/html': { schema: { type: 'string' } } }
}

function headersOf(status: string) {
  return status === '429' || status === '503' ? { headers: retryAfter } : {}
}

export function refused(...statuses: (keyof typeof refusals)[]) {
  return Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/refused-${status}` }]))
}

export function pageRefusals(...statuses: number[]) {
  return Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/page-${status}` }]))
}

export function pathParameter(name: string) {
  return { name, in: 'path', required: true, description: `The ${name} in the address.`, schema: { type: 'string' } }
}
