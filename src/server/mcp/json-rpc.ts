/** Messages of JSON-RPC 2.0, as the Model Context Protocol restricts them. */

export const rpcCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  /** The server's own refusals: no token, too many requests, or no answer now. The status says which. */
  refused: -32000,
  /** A header differs from the body, in the version 2026-07-28. */
  headerMismatch: -32020,
  unsupportedVersion: -32022,
} as const

type RpcCode = (typeof rpcCodes)[keyof typeof rpcCodes]
type RpcId = string | number

export interface RpcRequest {
  id: RpcId
  method: string
  params: Record<string, unknown>
}

/** What nothing answers: a notification, or a response to a request that this server never sent. */
export type RpcMessage = { type: 'request'; request: RpcRequest } | { type: 'unanswered' }

/** A refused message. `message` is for the sender. */
export class RpcError extends Error {
  readonly code: RpcCode
  /** The status of the response, when the message was the only one in its request. */
  readonly status: number
  readonly data: object | undefined

  constructor(code: RpcCode, message: string, { status = 200, data }: { status?: number; data?: object } = {}) {
    super(message)
    this.name = 'RpcError'
    this.code = code
    this.status = status
    this.data = data
  }
}

/** @throws RpcError `invalidRequest` or `invalidParams` */
export function parseMessage(value: unknown): RpcMessage {
  if (!isFields(value) || value.jsonrpc !== '2.0') throw noMessage()
  const { method, params = {} } = value
  if (method === undefined && ('result' in value || 'error' in value)) return { type: 'unanswered' }
  if (typeof method !== 'string') throw invalid('"method" must be a string.')
  if ('id' in value && !isId(value.id)) throw invalid('"id" must be a string or a whole number.')
  if (!isFields(params)) throw new RpcError(rpcCodes.invalidParams, '"params" must be an object.', { status: 400 })
  return isId(value.id) ? { type: 'request', request: { id: value.id, method, params } } : { type: 'unanswered' }
}

export function resultOf({ id }: RpcRequest, result: object): object {
  return { jsonrpc: '2.0', id, result }
}

/** @param message what came: its id is repeated if it has one */
export function errorOf(message: unknown, { code, message: text, data }: RpcError): object {
  const id = isFields(message) && isId(message.id) ? message.id : null
  return { jsonrpc: '2.0', id, error: { code, message: text, ...(data && { data }) } }
}

/**
 * The answer to a request that was refused before its message was read.
 * @param body the text of the body where that is no JSON, or JSON that is neither an object nor a list
 */
export function refusalOf(status: number, message: string, body: unknown): object {
  if (typeof body === 'string') return errorOf(undefined, isJson(body) ? noMessage() : noJson())
  return errorOf(undefined, new RpcError(codeOf(status), message))
}

function codeOf(status: number): RpcCode {
  if (status === 500) return rpcCodes.internalError
  return [400, 413, 415].includes(status) ? rpcCodes.invalidRequest : rpcCodes.refused
}

export function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isId(id: unknown): id is RpcId {
  return typeof id === 'string' || Number.isSafeInteger(id)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function noMessage(): RpcError {
  return invalid('A message is one JSON object with "jsonrpc": "2.0".')
}

function noJson(): RpcError {
  return new RpcError(rpcCodes.parseError, 'The body is no JSON.')
}

function invalid(message: string): RpcError {
  return new RpcError(rpcCodes.invalidRequest, message, { status: 400 })
}
