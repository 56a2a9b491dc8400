import { secondMs } from '../../../src/shared/durations.ts'

export interface HttpServer {
  origin: string
  /** Sent with each request: they identify the user. */
  headers?: Record<string, string>
  credentials?: RequestCredentials
  /** Whether a WebSocket takes the place of requests as soon as one opens. */
  isSocketBetter: boolean
}

/** For an answer that does not come: the request or the answer was lost on the way, and nothing else would say so for minutes. */
const answerMs = 30 * secondMs

/** @param init without a signal of its own the request fails when the answer is late */
export function request(
  { origin, credentials = 'same-origin', headers: own }: HttpServer,
  path: string,
  { headers, signal = AbortSignal.timeout(answerMs), ...init }: RequestInit & { headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(origin + path, { ...init, signal, credentials, headers: { ...own, ...headers } })
}

export async function getJson(server: HttpServer, path: string) {
  const response = await request(server, path)
  if (!response.ok) throw new Error(`${path} is answered with ${response.status}.`)
  return await response.json()
}
