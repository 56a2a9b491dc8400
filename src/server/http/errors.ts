import { STATUS_CODES } from 'node:http'
import type { Context, Next } from 'koa'
import type { Log } from '../log.ts'
import type { Render } from './render.ts'

interface Thrown {
  status?: number
  /** Whether the message is for the one who asked. */
  expose?: boolean
  message?: string
}

const titles: Record<number, string> = {
  400: 'That was not understood',
  403: 'Not from there',
  404: 'There is nothing here',
  405: 'Not that way',
  413: 'Too much at once',
  429: 'Too many at once',
  500: 'A pot has been dropped',
}

const messages: Record<number, string> = {
  404: 'The page that you asked for does not exist.',
  405: 'This page cannot be used like that.',
  413: 'A request has at most 16 KiB.',
  500: 'Something went wrong on our side. It has been written down; please try again.',
}

/** Answers what nobody answered, and what was thrown: a page for people, JSON for programs. */
export function errors(log: Log, render: Render) {
  return async function errors(ctx: Context, next: Next): Promise<void> {
    try {
      await next()
      if (ctx.status >= 400 && ctx.body == null) answer(ctx, ctx.status)
    } catch (error) {
      // Anything can be thrown: null too, and errors whose status is no HTTP status.
      const { status: claimed = 500, expose, message } = Object(error) as Thrown
      const status = claimed >= 400 && claimed in STATUS_CODES ? claimed : 500
      if (status >= 500) log.error({ err: error, method: ctx.method, path: ctx.path }, 'a request failed')
      answer(ctx, status, expose ? message : undefined)
    }
  }

  function answer(ctx: Context, status: number, said?: string): void {
    const title = titles[status] ?? 'That did not work'
    const message = messages[status] ?? said ?? title
    ctx.status = status
    // Of a body that was begun before it went wrong.
    ctx.remove('Content-Type')
    if (ctx.accepts('html', 'json') === 'json') ctx.body = { error: { status, message } }
    else ctx.body = render('error.njk', { status, title, message })
  }
}
