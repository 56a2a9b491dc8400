/** Sends one request of a webhook, or to a push service: to an allowed address, without redirects, and with an end. */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { secondMs } from '../../shared/durations.ts'
import { ForbiddenAddress, type WebhookHosts } from './addresses.ts'

export const timeoutMs = 10 * secondMs
export const maxAnswerBytes = 64 * 1024

export type Answer =
  | { type: 'answered'; status: number; contentType: string; body: string; retryAfter?: string }
  | { type: 'timeout' | 'too-large' | 'unreachable' | 'forbidden-address' }

export interface Posting {
  url: string
  headers: Readonly<Record<string, string>>
  body: string | Uint8Array
  /** Ends the request, when the server stops. */
  signal: AbortSignal
}

/** Never rejects: what goes wrong is the other side's. */
export type Post = (posting: Posting) => Promise<Answer>

/** @param patienceMs for the whole answer, however slowly it comes */
export function createPost(hosts: WebhookHosts, patienceMs = timeoutMs): Post {
  return ({ url: address, headers, body, signal }) =>
    new Promise((resolve) => {
      const url = new URL(address)
      if (hosts.isRefused(url)) return resolve({ type: 'forbidden-address' })
      const send = url.protocol === 'https:' ? requestHttps : requestHttp
      // Without an agent nothing is kept open, and no proxy of the environment comes between.
      const options = { method: 'POST', agent: false, headers, signal, lookup: hosts.lookupFor(url) } as const
      const request = send(url, options)
      const timer = setTimeout(() => end({ type: 'timeout' }), patienceMs)
      request.on('error', (error) => {
        end({ type: error instanceof ForbiddenAddress ? 'forbidden-address' : 'unreachable' })
      })
      request.on('close', () => end({ type: 'unreachable' }))
      request.on('response', (response) => {
        const chunks: Buffer[] = []
        let bytes = 0
        response.on('error', () => end({ type: 'unreachable' }))
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes > maxAnswerBytes) return end({ type: 'too-large' })
          chunks.push(chunk)
        })
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          const contentType = response.headers['content-type'] ?? ''
          const retryAfter = response.headers['retry-after']
          const status = response.statusCode ?? 0
          end({ type: 'answered', status, contentType, body: text, ...(retryAfter !== undefined && { retryAfter }) })
        })
      })
      request.end(body)

      function end(answer: Answer): void {
        clearTimeout(timer)
        resolve(answer)
        request.destroy()
      }
    })
}
