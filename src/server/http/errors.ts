import { STATUS_CODES } from 'node:http'
import type { Context, Next } from 'koa'
import type { TextKey } from '../../shared/language.ts'
import { ChatError } from '../../shared/protocol/errors.ts'
import type { Log } from '../log.ts'
import { refusalOf } from '../mcp/json-rpc.ts'
import { errorFrame, isApiPath, isHookPath, isMcpPath, isUpload } from './error-frame.ts'
import { retryAfter } from './retry-after.ts'
import type { Render } from './views/render.ts'

interface Thrown {
  status?: number
  /** Whether the message is for the one who asked. */
  expose?: boolean
  message?: string
  /** Statuses of errors that packages throw: their messages are written for programmers. */
  type?: string
  /** The body of the request that could not be parsed. */
  body?: unknown
}

const titles: Readonly<Record<number, TextKey>> = {
  400: 'title400',
  403: 'title403',
  404: 'title404',
  405: 'title405',
  413: 'title413',
  421: 'title421',
  429: 'title429',
  500: 'title500',
  503: 'title503',
}

const messages: Readonly<Record<number, TextKey>> = {
  404: 'text404',
  405: 'text405',
  413: 'text413',
  500: 'text500',
}

/** Headers of a file, which an error answer must not have: nginx sends what `X-Accel-Redirect` names, whatever the status is. */
const headersOfFile = [
  'Accept-Ranges',
  'Cache-Control',
  'Content-Disposition',
  'Content-Range',
  'Content-Security-Policy',
  'Content-Type',
  'ETag',
  'Last-Modified',
  'X-Accel-Redirect',
]

/** Answers what nobody answered, and what was thrown: a page for people, JSON for programs. */
export function errors(log: Log, render: Render) {
  return async function errors(ctx: Context, next: Next): Promise<void> {
    const before = headersOfFile.map((name) => [name, ctx.response.get(name)] as const)
    // A response may have begun before it failed.
    const beginAnew = () => {
      for (const [name, value] of before) value ? ctx.set(name, value) : ctx.remove(name)
    }
    try {
      await next()
      // What does not come from here was answered by another.
      if (ctx.respond !== false && ctx.status >= 400 && ctx.body == null) answer(ctx, ctx.status)
    } catch (error) {
      beginAnew()
      if (error instanceof ChatError && error.code === 'unavailable') return answerUnavailable(ctx, error)
      // Anything can be thrown: null too, and errors whose status is no HTTP status.
      const { status: claimed = 500, expose, message, type, body } = Object(error) as Thrown
      const status = claimed >= 400 && claimed in STATUS_CODES ? claimed : 500
      // An error that is shown to the client is not logged.
      if (status >= 500 && !expose)
        log.event('request-failed', { method: ctx.method, path: withoutSecret(ctx.path), err: error })
      // The name of a status says nothing that the title does not.
      const isSaid = expose && type === undefined && message !== STATUS_CODES[status]
      answer(ctx, status, isSaid ? message : undefined, body)
    }
  }

  /** Logged already, once for all whom it hits. */
  function answerUnavailable(ctx: Context, { retryAfterMs = 1_000 }: ChatError): void {
    ctx.set('Retry-After', retryAfter(retryAfterMs))
    answer(ctx, 503, ctx.state.language.t('errorUnavailable'))
  }

  function answer(ctx: Context, status: number, said?: string, body?: unknown): void {
    const { t } = ctx.state.language
    const title = t(titles[status] ?? 'titleOther')
    const word = messages[status]
    const message = said ?? (word ? t(word) : title)
    ctx.status = status
    // A browser names the page when it asks for the styles of it, and each proxy writes that down.
    if (holdsToken(ctx.path)) ctx.set('Referrer-Policy', 'strict-origin')
    ctx.remove('Content-Type')
    if (isApiPath(ctx.path) || isUpload(ctx)) ctx.body = errorFrame(status, message)
    else if (isMcpPath(ctx.path)) ctx.body = refusalOf(status, message, body)
    else if (isHookPath(ctx.path)) answerHook(ctx, message)
    else if (ctx.accepts('html', 'json') === 'json') ctx.body = { error: { status, message } }
    else ctx.body = render(ctx, 'error.njk', { status, title, message })
  }
}

function answerHook(ctx: Context, message: string): void {
  ctx.type = 'text/plain'
  ctx.body = message
}

/** Anyone who reads the token of a link or a webhook can use it. */
function withoutSecret(path: string): string {
  const place = placeOfToken(path)
  return place ? `/${place}/…` : path
}

function holdsToken(path: string | undefined): boolean {
  return placeOfToken(path) !== undefined
}

/** Also of a misspelled path, which leads nowhere: the token in it is right all the same. */
function placeOfToken(path: string | undefined): string | undefined {
  // A target like `http://?x` has no path.
  if (!path) return undefined
  const decoded = path.replace(/%([4-7]\w)/g, (_, octet) => String.fromCharCode(Number.parseInt(octet, 16)))
  return /^[/\\.]*(link|hooks)[^a-z]/i.exec(decoded)?.[1]?.toLowerCase()
}
