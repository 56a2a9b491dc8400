export interface HttpServer {
  origin: string
  /** Of each request: who asks. */
  headers?: Record<string, string>
  credentials?: RequestCredentials
  /** Whether a WebSocket takes the place of requests as soon as one opens. */
  isSocketBetter: boolean
}

export function request(
  { origin, credentials = 'same-origin', headers: own }: HttpServer,
  path: string,
  { headers, ...init }: RequestInit & { headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(origin + path, { ...init, credentials, headers: { ...own, ...headers } })
}

export async function getJson(server: HttpServer, path: string) {
  const response = await request(server, path)
  if (!response.ok) throw new Error(`${path} is answered with ${response.status}.`)
  return await response.json()
}
