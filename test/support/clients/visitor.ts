/** A user whose browser runs no script: it opens pages, sends their forms, and keeps the cookie that it is given. */
import { type Answer, ask } from '../../http/raw-request.ts'
import { isSessionCookie, type TestServer } from '../server/server.ts'
import type { ChatClient, ConnectOptions } from './client.ts'

/** A valid password. */
export const password = 'a pot of oolong'

export class Visitor {
  readonly #server: TestServer
  readonly #headers: Record<string, string>
  /** `session-<port>=…` */
  cookie = ''

  constructor(server: TestServer, headers: Record<string, string> = {}) {
    this.#server = server
    this.#headers = headers
  }

  get(path: string): Promise<Answer> {
    return this.#ask(path, {})
  }

  /** Sends a form. */
  post(path: string, fields: Record<string, string> = {}): Promise<Answer> {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' }
    return this.#ask(path, { method: 'POST', headers, body: String(new URLSearchParams(fields)) })
  }

  /** Whether they are signed in: then the account page is shown, not the sign-in page. */
  async isIn(): Promise<boolean> {
    return (await this.get('/account')).status === 200
  }

  connect(options?: ConnectOptions): Promise<ChatClient> {
    return this.#server.connect('/ws/chat', { protocol: 'chat.v1', cookie: this.cookie, ...options })
  }

  async #ask(path: string, question: { method?: string; headers?: Record<string, string>; body?: string }) {
    const headers = { ...this.#headers, ...(this.cookie && { Cookie: this.cookie }), ...question.headers }
    const answer = await ask(this.#server.port, path, { ...question, headers })
    const set = answer.headers['set-cookie']?.find(isSessionCookie)
    if (set) this.cookie = /^[\w-]+=;/.test(set) ? '' : (set.split(';', 1)[0] ?? '')
    return answer
  }
}

/** A user signed in by a name, or by a name and its password. */
export async function visitorNamed(
  server: TestServer,
  name: string,
  { password = '', ...headers }: Record<string, string> = {},
): Promise<Visitor> {
  const visitor = new Visitor(server, headers)
  const answer = await visitor.post('/signin', { name, password })
  if (answer.status !== 303) throw new Error(`${name} could not sign in: ${answer.status} ${answer.body}`)
  return visitor
}

/** A user who has claimed their name. */
export async function memberNamed(server: TestServer, name: string): Promise<Visitor> {
  const visitor = await visitorNamed(server, name)
  const answer = await visitor.post('/account/password', { password })
  if (answer.status !== 303) throw new Error(`${name} could not be claimed: ${answer.status} ${answer.body}`)
  return visitor
}

/** The owner, who used the link that the server printed. */
export async function ownerNamed(
  server: TestServer,
  name: string,
  headers: Record<string, string> = {},
): Promise<Visitor> {
  const visitor = new Visitor(server, headers)
  const answer = await visitor.post(pathOf(server.ownerLink ?? ''), { name, password })
  if (answer.status !== 303) throw new Error(`${name} could not become the owner: ${answer.status} ${answer.body}`)
  return visitor
}

export function pathOf(url: string): string {
  return new URL(url).pathname
}

/** The texts of a page's alerts and notices, which a screen reader announces. */
export function toldBy({ body }: Answer): string[] {
  return [...body.matchAll(/role="(?:alert|status)">([\s\S]*?)<\/(?:p|div)>/g)].map(([, html = '']) => textOf(html))
}

/** The text of a piece of HTML. */
export function textOf(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/[\u2068\u2069]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}
